#include "harness/esm/control/mapping_registry.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "server/model/arn.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::esm {
namespace {

constexpr std::size_t kMaxPageItems = 100;

bool in_transition(MappingState state) { return state != MappingState::kEnabled && state != MappingState::kDisabled; }

MappingState settled(const MappingDefinition& mapping) {
  return mapping.enabled ? MappingState::kEnabled : MappingState::kDisabled;
}

Result<void> check_no_on_success(const MappingChanges& changes) {
  if (!changes.has_on_success) return {};
  return rest::invalid_parameter_value("Unsupported DestinationConfig parameter for given event source mapping type.");
}

Result<void> check_event_source(const std::optional<std::string>& arn) {
  if (!arn) return rest::invalid_parameter_value("Unrecognized event source.");
  if (model::parse_stream_arn(*arn)) return {};
  constexpr std::string_view kAnyService = "arn:aws:dynamodb:";
  if (arn->starts_with(kAnyService)) return rest::invalid_parameter_value("Unrecognized event source.");
  return rest::invalid_parameter_value("Millrace emulates only DynamoDB streams as event sources, not " + *arn);
}

/// Where all is shared, an ARN of any account and region means the one stream.
std::string source_of(const model::Caller& caller, const std::string& arn) {
  const auto stream = model::parse_stream_arn(arn);
  if (!stream || !caller.shares_all) return arn;
  return model::stream_arn(model::table_arn(caller.account, stream->table_name), stream->label);
}

}  // namespace

std::optional<Mapping> Mapping::confirmed() const {
  if (!unconfirmed) return *this;
  if (!unconfirmed->before) return std::nullopt;
  return Mapping{*unconfirmed->before, settled(*unconfirmed->before)};
}

MappingRegistry::MappingRegistry(storage::Storage& storage, StreamSource& streams,
                                 const lambda::FunctionCatalog& functions, const Clock& clock, Random& random,
                                 MappingRules rules)
    : storage_{storage}, streams_{streams}, functions_{functions}, clock_{clock}, random_{random}, rules_{rules} {}

StorageResult<void> MappingRegistry::load() {
  std::map<std::string, Mapping, std::less<>> loaded;
  std::optional<StorageError> unreadable;
  const auto scanned = storage_.scan_documents(kMappingDocument, [&](std::string_view name, std::string_view text) {
    auto definition = mapping_from_document(text);
    if (definition.has_error()) {
      unreadable = std::move(definition).error();
      return;
    }
    const MappingState state = settled(*definition);
    loaded.emplace(name, Mapping{*std::move(definition), state});
  });
  if (scanned.has_error()) return scanned.error();
  if (unreadable) return *std::move(unreadable);
  mappings_ = std::move(loaded);
  return {};
}

Result<const Mapping*> MappingRegistry::create(const model::Caller& caller, const CreateRequest& request) {
  const MappingChanges& changes = request.changes;
  TRY(check_event_source(request.event_source_arn));
  const std::string stream_arn = source_of(caller, *request.event_source_arn);
  TRY(check_no_on_success(changes));
  TRY_ASSIGN(const lambda::FunctionReference function, find_function(caller, *changes.function));
  if (!request.starting_position) {
    return rest::invalid_parameter_value(
        "1 validation error detected: Value null at 'startingPosition' failed to satisfy constraint: Member must not "
        "be null.");
  }
  if (*request.starting_position == "AT_TIMESTAMP") {
    return rest::invalid_parameter_value("Unsupported starting position for arn type: " + stream_arn);
  }
  const std::string hint = model::stream_elsewhere_hint(stream_arn, caller.account);
  if (!hint.empty() || !streams_.shards(stream_arn))
    return rest::invalid_parameter_value("Stream not found: " + stream_arn + hint);
  TRY(check_refusals(changes));

  Mapping mapping;
  MappingDefinition& definition = mapping.definition;
  definition.uuid = base::make_uuid(random_);
  definition.event_source_arn = stream_arn;
  definition.function_name = function.name;
  definition.function_arn = lambda::qualified_arn(function);
  definition.starting_position =
      *request.starting_position == "LATEST" ? StartingPosition::kLatest : StartingPosition::kTrimHorizon;
  apply(changes, definition);
  definition.tags = request.tags;
  definition.last_modified = clock_.now();
  begin_transition(mapping, MappingState::kCreating);
  mapping.unconfirmed = Mapping::Unconfirmed{++changes_, std::nullopt};
  TRY(check_no_conflict(definition));

  TRY(store(definition));
  if (definition.starting_position == StartingPosition::kLatest) TRY(fix_latest_positions(definition));
  return &mappings_.emplace(definition.uuid, mapping).first->second;
}

Result<const Mapping*> MappingRegistry::update(const model::Caller& caller, const UpdateRequest& request) {
  const MappingChanges& changes = request.changes;
  TRY_ASSIGN(Mapping* const mapping, require_settled(caller, request.uuid, "update"));
  TRY(check_no_on_success(changes));
  MappingDefinition changed = mapping->definition;
  if (changes.function) {
    TRY_ASSIGN(const lambda::FunctionReference function, find_function(caller, *changes.function));
    changed.function_name = function.name;
    changed.function_arn = lambda::qualified_arn(function);
  }
  TRY(check_refusals(changes));
  TRY(check_no_conflict(changed));
  apply(changes, changed);
  changed.last_modified = clock_.now();
  TRY(store(changed));

  const bool was_enabled = mapping->definition.enabled;
  mapping->unconfirmed = Mapping::Unconfirmed{++changes_, mapping->definition};
  mapping->definition = std::move(changed);
  if (was_enabled == mapping->definition.enabled) {
    begin_transition(*mapping, MappingState::kUpdating);
  } else {
    begin_transition(*mapping, was_enabled ? MappingState::kDisabling : MappingState::kEnabling);
  }
  return mapping;
}

Result<const Mapping*> MappingRegistry::remove(const model::Caller& caller, std::string_view uuid) {
  TRY_ASSIGN(Mapping* const mapping, require_settled(caller, uuid, "delete"));
  TRY(storage_.erase_document(kMappingDocument, uuid));
  TRY(erase_checkpoints(uuid));
  begin_transition(*mapping, MappingState::kDeleting);
  mapping->unconfirmed = Mapping::Unconfirmed{++changes_, mapping->definition};
  return mapping;
}

StorageResult<void> MappingRegistry::set_tags(std::string_view uuid, std::map<std::string, std::string> tags) {
  MappingDefinition& definition = mappings_.find(uuid)->second.definition;
  definition.tags = std::move(tags);
  return store(definition);
}

const Mapping* MappingRegistry::find(std::string_view uuid) const {
  const auto found = mappings_.find(uuid);
  return found == mappings_.end() ? nullptr : &found->second;
}

Result<const Mapping*> MappingRegistry::require(const model::Caller& caller, std::string_view uuid) const {
  const Mapping* const mapping = find(uuid);
  if (mapping != nullptr && !is_gone(*mapping) && account_of(mapping->definition) == caller.account) return mapping;
  return ApiError{ErrorKind::kLambdaResourceNotFound, "The resource you requested does not exist."};
}

MappingPage MappingRegistry::list(const model::Caller& caller, const ListQuery& query) const {
  MappingPage page;
  const std::string source = source_of(caller, query.event_source_arn);
  std::string function_arn;
  if (query.function) {
    const auto function = lambda::FunctionResolver{caller}.resolve(*query.function);
    if (function.has_error()) return page;  // of another account or region, as no mapping here is
    function_arn = lambda::qualified_arn(*function);
  }
  const std::size_t limit = std::min(query.max_items, kMaxPageItems);
  for (auto at = mappings_.upper_bound(query.marker); at != mappings_.end(); ++at) {
    const MappingDefinition& definition = at->second.definition;
    if (account_of(definition) != caller.account || is_gone(at->second)) continue;
    if (!source.empty() && definition.event_source_arn != source) continue;
    if (!function_arn.empty() && definition.function_arn != function_arn) continue;
    if (page.mappings.size() == limit) {
      page.next_marker = page.mappings.back()->definition.uuid;
      break;
    }
    page.mappings.push_back(&at->second);
  }
  return page;
}

void MappingRegistry::confirm(std::string_view uuid, ChangeId change) {
  const auto found = mappings_.find(uuid);
  if (found == mappings_.end()) return;
  auto& unconfirmed = found->second.unconfirmed;
  if (unconfirmed && unconfirmed->change == change) unconfirmed.reset();
}

void MappingRegistry::settle(std::string_view uuid) {
  const auto found = mappings_.find(uuid);
  if (found == mappings_.end() || found->second.state == MappingState::kDeleting) return;
  found->second.state = settled(found->second.definition);
}

void MappingRegistry::forget(std::string_view uuid) {
  const auto found = mappings_.find(uuid);
  if (found == mappings_.end() || found->second.state != MappingState::kDeleting) return;
  if (rules_.transient_statuses == Duration::zero()) {
    mappings_.erase(found);
    return;
  }
  // Those that were deleted before it go as well: nobody comes for them when their time is over.
  std::erase_if(mappings_, [this](const auto& entry) { return is_gone(entry.second); });
}

Result<lambda::FunctionReference> MappingRegistry::find_function(const model::Caller& caller,
                                                                 const FunctionName& function) const {
  TRY_ASSIGN(lambda::FunctionReference found, lambda::FunctionResolver{caller}.resolve(function));
  if (functions_.find(found)) return found;
  return rest::invalid_parameter_value("Function does not exist");
}

Result<void> MappingRegistry::check_refusals(const MappingChanges& changes) const {
  if (!changes.bad_filter.empty()) {
    // AWS's answer keeps the reason to itself.
    spdlog::warn("the filters of an event source mapping are refused: {}", changes.bad_filter);
    return rest::invalid_parameter_value("Invalid filter pattern definition.");
  }
  if (changes.filters && changes.filters->size() > rules_.filters) {
    return rest::invalid_parameter_value("An event source mapping can have at most " + std::to_string(rules_.filters) +
                                         " filters, and FilterCriteria has " + std::to_string(changes.filters->size()) +
                                         ".");
  }
  if (!changes.refusals.empty()) return rest::invalid_parameter_value(changes.refusals.front());
  return {};
}

Result<void> MappingRegistry::check_no_conflict(const MappingDefinition& mapping) const {
  for (const auto& [uuid, other] : mappings_) {
    if (uuid == mapping.uuid || other.state == MappingState::kDeleting) continue;
    if (other.definition.event_source_arn != mapping.event_source_arn) continue;
    if (other.definition.function_arn != mapping.function_arn) continue;
    return ApiError{
        ErrorKind::kLambdaResourceConflict,
        "The event source arn (\" " + mapping.event_source_arn + " \") and function (\" " + mapping.function_name +
            " \") provided mapping already exists. Please update or delete the existing mapping with UUID " + uuid};
  }
  return {};
}

Result<Mapping*> MappingRegistry::require_settled(const model::Caller& caller, std::string_view uuid,
                                                  std::string_view verb) {
  TRY(require(caller, uuid));
  Mapping& mapping = mappings_.find(uuid)->second;
  if (!in_transition(mapping.shown_state(clock_.now()))) return &mapping;
  return ApiError{ErrorKind::kLambdaResourceInUse,
                  std::string{"Cannot "}.append(verb).append(" the event source mapping because it is in use.")};
}

void MappingRegistry::begin_transition(Mapping& mapping, MappingState state) {
  mapping.state = state;
  if (rules_.transient_statuses > Duration::zero())
    mapping.transition = {state, clock_.now() + rules_.transient_statuses};
}

bool MappingRegistry::is_gone(const Mapping& mapping) const {
  return mapping.state == MappingState::kDeleting && mapping.transition && clock_.now() >= mapping.transition->until;
}

StorageResult<void> MappingRegistry::store(const MappingDefinition& mapping) {
  return storage_.write_document(kMappingDocument, mapping.uuid, to_document(mapping));
}

StorageResult<void> MappingRegistry::fix_latest_positions(const MappingDefinition& mapping) {
  const auto shards = streams_.shards(mapping.event_source_arn);
  for (const SourceShard& shard : shards.value_or(std::vector<SourceShard>{})) {
    const auto position = streams_.latest_position(mapping.event_source_arn, shard.shard_id);
    if (position.has_error()) return position.error();
    auto written = storage_.write_document(kCheckpointDocument, checkpoint_name(mapping.uuid, shard.shard_id),
                                           to_checkpoint({.done = *position, .begun = *position}));
    if (written.has_error()) return written;
  }
  return {};
}

StorageResult<void> MappingRegistry::erase_checkpoints(std::string_view uuid) {
  std::vector<std::string> names;
  const std::string prefix = checkpoint_name(uuid, {});
  auto scanned = storage_.scan_documents(kCheckpointDocument, [&](std::string_view name, std::string_view /*text*/) {
    if (name.starts_with(prefix)) names.emplace_back(name);
  });
  if (scanned.has_error()) return scanned;
  for (const std::string& name : names) {
    auto erased = storage_.erase_document(kCheckpointDocument, name);
    if (erased.has_error()) return erased;
  }
  return {};
}

}  // namespace millrace::esm
