#include "harness/lambda/function_registry.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "harness/lambda/control/code_location.hpp"
#include "harness/lambda/invocation/faulty_invoker.hpp"
#include "harness/lambda/runtimes/external_function.hpp"
#include "harness/lambda/runtimes/in_process_invoker.hpp"
#include "harness/lambda/runtimes/managed_function.hpp"
#include "harness/lambda/sandbox/launch_plan.hpp"
#include "harness/lambda/sandbox/process_marker.hpp"
#include "server/rest/service_error.hpp"

namespace millrace::lambda {
namespace {

/// The folder of the function's upload; empty when it has none.
std::string folder_of(const FunctionDefinition& function) {
  return function.code.kind == CodeKind::kZip ? function.code.location : std::string{};
}

}  // namespace

ApiError function_exists(const std::string& name) {
  return {ErrorKind::kLambdaResourceConflict, "Function already exist: " + name};
}

FunctionRegistry::FunctionRegistry(LambdaServices services, CodeStore code)
    : services_{std::move(services)}, code_{std::make_shared<const CodeStore>(std::move(code))} {}

FunctionRegistry::~FunctionRegistry() {
  for (auto& [arn, entry] : entries_) {
    if (entry.runnable.function) entry.runnable.function->close();
  }
  retired_.close();
  external_.close();
}

StorageResult<void> FunctionRegistry::load() {
  if (const int killed = kill_leftovers(); killed > 0) {
    spdlog::warn("killed {} process(es) of functions that an earlier run had left behind", killed);
  }
  std::vector<FunctionDefinition> definitions;
  std::optional<StorageError> damaged;
  {
    const auto gate = services_.gate.enter(storage::Access::kRead);
    auto scanned =
        services_.gate.storage().scan_documents(kFunctionDocuments, [&](std::string_view name, std::string_view text) {
          if (auto definition = from_document(text, services_.options.worlds.home)) {
            definitions.push_back(*std::move(definition));
          } else {
            damaged = StorageError{StorageErrorKind::kCorrupt, "function " + std::string{name} + " cannot be read"};
          }
        });
    if (scanned.has_error()) return scanned;
  }
  if (damaged) return *std::move(damaged);
  // In the order in which they were made: the bare address of the Runtime API means the first external one.
  std::ranges::stable_sort(definitions, {}, &FunctionDefinition::last_modified);
  discard_orphans(definitions);
  for (auto& definition : definitions) {
    add(std::move(definition));
  }
  return {};
}

void FunctionRegistry::discard_orphans(const std::vector<FunctionDefinition>& definitions) {
  std::set<std::string> needed;
  for (const auto& definition : definitions) needed.insert(folder_of(definition));
  int orphans = 0;
  // Found now, before anybody uploads anything, and removed later.
  for (auto& folder : code_->folders()) {
    if (needed.contains(folder)) continue;
    ++orphans;
    discard_code(std::move(folder));
  }
  if (orphans > 0) spdlog::info("removing the code of {} upload(s) that no function has", orphans);
}

void FunctionRegistry::add(FunctionDefinition definition) {
  auto runnable = make_runnable(definition);
  if (runnable.has_error()) {
    // A port that is taken today, a handler of an earlier build: the function stays known and cannot be called.
    spdlog::warn("[{}] cannot be run: {}", definition.name, runnable.error().message);
  }
  std::string arn = arn_of(definition);
  Entry entry{std::move(definition), runnable.has_value() ? *std::move(runnable) : Runnable{}, Phase::kServing};
  if (entry.runnable.external) external_.add(runtime_name(entry.definition), entry.runnable.external);
  const std::scoped_lock lock{mutex_};
  entries_.insert_or_assign(std::move(arn), std::move(entry));
}

Result<FunctionRegistry::Runnable> FunctionRegistry::make_runnable(const FunctionDefinition& definition) {
  const FunctionCode& code = definition.code;
  Runnable runnable;
  const auto manage = [&](const std::filesystem::path& path, bool watch) {
    runnable.function = std::make_shared<ManagedFunction>(services_, definition, CodeLocation{path}, watch);
  };
  switch (code.kind) {
    case CodeKind::kZip: manage(code_->path_of(code.location), false); break;
    case CodeKind::kHotReload:
      // The path may be filled later, so this is no error.
      if (const LaunchPlan plan = plan_launch(definition, CodeLocation{code.location}); plan.problem) {
        spdlog::warn("[{}] cannot start yet: {}: {}", definition.name, plan.executable.string(), *plan.problem);
      }
      manage(code.location, true);
      break;
    case CodeKind::kInProcess: {
      const handler::Function* function = services_.handlers.find(code.location);
      if (function == nullptr) {
        return rest::invalid_parameter_value(
            fmt::format("No handler called {} is linked into this program. There are: {}", code.location,
                        fmt::join(services_.handlers.names(), ", ")));
      }
      runnable.function = std::make_shared<InProcessInvoker>(services_, definition, *function);
      break;
    }
    case CodeKind::kExternal: {
      const auto external = std::make_shared<ExternalFunction>(
          services_, definition, external_, [listener = created_listener_, key = key_of(definition)] {
            if (*listener) (*listener)(key);
          });
      if (const auto listening = external->listen(); listening.has_error()) {
        return rest::invalid_parameter_value(
            fmt::format("The Runtime API cannot listen on port {}: {}", code.port, listening.error().message()));
      }
      runnable.function = external;
      runnable.external = external;
      break;
    }
  }
  runnable.invoker =
      std::make_shared<FaultyInvoker>(runnable.function, services_.faults, services_.io, definition.timeout_seconds);
  return runnable;
}

Result<FunctionRegistry::Created> FunctionRegistry::create(FunctionDefinition definition) {
  if (definition.role.empty()) {
    definition.role = fmt::format("arn:aws:iam::{}:role/millrace", definition.account.id);
  }
  definition.revision_id = base::make_uuid(services_.random);
  definition.last_modified = services_.emulated_time.now();
  {
    const std::scoped_lock lock{mutex_};
    if (!entries_.try_emplace(arn_of(definition), Entry{definition}).second) return function_exists(definition.name);
  }
  auto created = make_and_store(definition);
  if (created.has_error()) {
    take(definition);
    return std::move(created).error();
  }
  return Created{std::move(definition), *created};
}

Result<storage::Ticket> FunctionRegistry::make_and_store(const FunctionDefinition& definition) {
  TRY_ASSIGN(Runnable runnable, make_runnable(definition));
  auto stored = [&]() -> Result<storage::Ticket> {
    const auto gate = services_.gate.enter(storage::Access::kWrite);
    if (gate.status().has_error()) return base::to_api_error(gate.status().error());
    TRY(services_.gate.storage().write_document(kFunctionDocuments, arn_of(definition), to_document(definition)));
    return gate.ticket();
  }();
  if (stored.has_error()) {
    retire(runnable, {});
    return stored;
  }
  const std::scoped_lock lock{mutex_};
  entries_.find(arn_of(definition))->second.runnable = std::move(runnable);
  return stored;
}

void FunctionRegistry::finish_create(const FunctionDefinition& created) {
  const std::string arn = arn_of(created);
  std::shared_ptr<RuntimeEndpoint> external;
  {
    const std::scoped_lock lock{mutex_};
    Entry& entry = entries_.find(arn)->second;
    entry.phase = Phase::kServing;
    external = entry.runnable.external;
  }
  if (external) external_.add(runtime_name(created), std::move(external));
  if (*created_listener_) (*created_listener_)(key_of(created));
}

void FunctionRegistry::undo_create(const FunctionDefinition& created) { retire(take(created), folder_of(created)); }

Result<void> FunctionRegistry::put(FunctionDefinition definition) {
  if (!is_free(arn_of(definition))) {
    TRY(remove({.name = definition.name, .account = definition.account}));
    retire(take(definition), {});  // its code may be needed: the removal may be lost
  }
  TRY_ASSIGN(const Created created, create(std::move(definition)));
  finish_create(created.definition);
  return {};
}

FunctionRegistry::Runnable FunctionRegistry::take(const FunctionDefinition& function) {
  const std::string arn = arn_of(function);
  Runnable runnable;
  {
    const std::scoped_lock lock{mutex_};
    runnable = entries_.find(arn)->second.runnable;
  }
  // Before another one may have the name.
  if (runnable.external) external_.remove(runtime_name(function));
  const std::scoped_lock lock{mutex_};
  entries_.erase(entries_.find(arn));
  return runnable;
}

void FunctionRegistry::retire(const Runnable& runnable, std::string folder) {
  if (runnable.function) {
    retired_.add(runnable.function, std::move(folder));
  } else if (!folder.empty()) {
    discard_code(std::move(folder));
  }
}

Result<FunctionRegistry::Removed> FunctionRegistry::remove(const FunctionReference& function) {
  const std::string arn = arn_of(function);
  Removed removed;
  {
    const std::scoped_lock lock{mutex_};
    const auto found = entries_.find(arn);
    if (found == entries_.end() || found->second.phase == Phase::kBeingMade) {
      return function_not_found({.name = function.name, .account = function.account});
    }
    if (found->second.phase == Phase::kBeingRemoved) {
      return ApiError{ErrorKind::kLambdaResourceConflict,
                      "The operation cannot be performed at this time. The function is currently in the following "
                      "state: Deleting"};
    }
    found->second.phase = Phase::kBeingRemoved;
    removed.definition = found->second.definition;
  }
  auto erased = erase_document(arn);
  if (erased.has_error()) {
    undo_remove(removed.definition);
    return std::move(erased).error();
  }
  removed.ticket = *erased;
  return removed;
}

Result<storage::Ticket> FunctionRegistry::erase_document(std::string_view arn) {
  const auto gate = services_.gate.enter(storage::Access::kWrite);
  if (gate.status().has_error()) return base::to_api_error(gate.status().error());
  TRY(services_.gate.storage().erase_document(kFunctionDocuments, arn));
  return gate.ticket();
}

void FunctionRegistry::finish_remove(const FunctionDefinition& removed) { retire(take(removed), folder_of(removed)); }

void FunctionRegistry::undo_remove(const FunctionDefinition& removed) {
  const std::scoped_lock lock{mutex_};
  entries_.find(arn_of(removed))->second.phase = Phase::kServing;
}

void FunctionRegistry::end_waiting() {
  const std::scoped_lock lock{mutex_};
  for (const auto& [arn, entry] : entries_) {
    if (entry.runnable.function) entry.runnable.function->end_waiting();
  }
}

bool FunctionRegistry::is_free(std::string_view arn) const {
  const std::scoped_lock lock{mutex_};
  return !entries_.contains(arn);
}

const FunctionRegistry::Entry* FunctionRegistry::find_visible(std::string_view arn) const {
  const auto found = entries_.find(arn);
  return found == entries_.end() || found->second.phase == Phase::kBeingMade ? nullptr : &found->second;
}

void FunctionRegistry::tell_if_elsewhere(std::string_view arn) const {
  constexpr int kMostLookedThrough = 100;
  const std::string_view name = arn.substr(arn.rfind(':') + 1);
  int left = kMostLookedThrough;
  for (const auto& [other, entry] : entries_) {
    if (left-- == 0) return;
    if (entry.definition.name != name || other == arn) continue;
    const std::string text = fmt::format(
        "there is no function {}, which was asked for, but {}: each account has functions of its own in each region; "
        "--shared-db merges all",
        arn, other);
    if (told_.add(text)) spdlog::info("{}", text);
    return;
  }
}

std::optional<FunctionDefinition> FunctionRegistry::definition(std::string_view arn) const {
  const std::scoped_lock lock{mutex_};
  const Entry* const entry = find_visible(arn);
  if (entry == nullptr) tell_if_elsewhere(arn);
  return entry == nullptr ? std::nullopt : std::optional{entry->definition};
}

Result<FunctionDefinition> FunctionRegistry::require(const FunctionReference& function) const {
  auto found = function.means_latest() ? definition(arn_of(function)) : std::nullopt;
  if (!found) return function_not_found(function);
  return *std::move(found);
}

std::vector<FunctionDefinition> FunctionRegistry::list(const model::Account& account, std::string_view after,
                                                       std::size_t most) const {
  const std::string prefix = model::function_arn(account, {});
  const std::scoped_lock lock{mutex_};
  std::vector<FunctionDefinition> definitions;
  for (auto at = entries_.upper_bound(prefix + std::string{after}); at != entries_.end() && definitions.size() < most;
       ++at) {
    if (!at->first.starts_with(prefix)) break;
    if (at->second.phase != Phase::kBeingMade) definitions.push_back(at->second.definition);
  }
  return definitions;
}

std::shared_ptr<Invoker> FunctionRegistry::find(const FunctionReference& function) {
  if (!function.means_latest()) return nullptr;
  const std::string arn = arn_of(function);
  const std::scoped_lock lock{mutex_};
  const Entry* const entry = find_visible(arn);
  if (entry == nullptr) tell_if_elsewhere(arn);
  return entry == nullptr ? nullptr : entry->runnable.invoker;
}

}  // namespace millrace::lambda
