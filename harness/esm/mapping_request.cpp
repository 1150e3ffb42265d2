#include "harness/esm/mapping_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <utility>

#include "server/json/tree.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;
using validation::Constraints;

constexpr std::size_t kMaxDestination = 350;
constexpr std::size_t kMaxPattern = 4096;
constexpr std::size_t kMaxFilters = 10;
constexpr std::size_t kMaxTags = 50;
constexpr std::int64_t kMaxListItems = 10'000;

/// AWS's pattern, as its message prints it (reference, 3.3).
constexpr std::string_view kArnPattern =
    R"(arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*))";

/// Members of the shape that belong to other event sources, or to features that are not here.
constexpr std::array<std::string_view, 12> kForeignMembers{"Topics",
                                                           "Queues",
                                                           "SourceAccessConfigurations",
                                                           "SelfManagedEventSource",
                                                           "AmazonManagedKafkaEventSourceConfig",
                                                           "SelfManagedKafkaEventSourceConfig",
                                                           "ScalingConfig",
                                                           "DocumentDBEventSourceConfig",
                                                           "ProvisionedPollerConfig",
                                                           "LoggingConfig",
                                                           "MetricsConfig",
                                                           "StartingPositionTimestamp"};

std::string not_emulated(std::string_view what) {
  return std::string{"Millrace does not emulate "}.append(what).append(" yet.");
}

ApiError unreadable(std::string_view detail) {
  return {ErrorKind::kLambdaInvalidRequestContent,
          std::string{"Could not parse request body into json: "}.append(detail)};
}

/// Looser than AWS in region and account: Millrace lets its user choose both.
bool looks_like_arn(std::string_view text) {
  if (!text.starts_with("arn:aws")) return false;
  return std::count(text.begin(), text.end(), ':') >= 5;
}

/// Members of one JSON object, by type. The first wrong type is kept; an absent or null member reads as empty.
class Members {
 public:
  explicit Members(const Json& object) : object_{object} {}

  [[nodiscard]] const Json* find(std::string_view name) const {
    const auto found = object_.find(name);
    return found == object_.end() || found->is_null() ? nullptr : &*found;
  }
  std::optional<std::string> string(std::string_view name) {
    return read<std::string>(name, &Json::is_string, "a string");
  }
  std::optional<bool> boolean(std::string_view name) { return read<bool>(name, &Json::is_boolean, "a boolean"); }
  std::optional<std::int64_t> integer(std::string_view name) {
    const Json* const member = typed(name, &Json::is_number_integer, "an integer");
    if (member == nullptr) return std::nullopt;
    using Limits = std::numeric_limits<std::int32_t>;
    const bool in_range = member->is_number_unsigned()
                              ? member->get<std::uint64_t>() <= static_cast<std::uint64_t>(Limits::max())
                              : member->get<std::int64_t>() >= Limits::min();
    if (in_range) return member->get<std::int64_t>();
    fail(name, "in range: numeric value (" + json::print_tree(*member) + ") is out of range of int");
    return std::nullopt;
  }
  const Json* object(std::string_view name) { return typed(name, &Json::is_object, "an object"); }
  const Json* array(std::string_view name) { return typed(name, &Json::is_array, "a list"); }

  void fail(std::string_view name, std::string_view wanted) {
    if (!error_) error_ = unreadable(std::string{name}.append(" must be ").append(wanted));
  }
  void adopt(const Members& nested) {
    if (!error_) error_ = nested.error_;
  }
  [[nodiscard]] const std::optional<ApiError>& error() const { return error_; }

 private:
  using Is = bool (Json::*)() const noexcept;

  const Json* typed(std::string_view name, Is is, std::string_view wanted) {
    const Json* const member = find(name);
    if (member == nullptr || (member->*is)()) return member;
    fail(name, wanted);
    return nullptr;
  }
  template <class T>
  std::optional<T> read(std::string_view name, Is is, std::string_view wanted) {
    const Json* const member = typed(name, is, wanted);
    return member == nullptr ? std::nullopt : std::optional{member->get<T>()};
  }

  const Json& object_;
  std::optional<ApiError> error_;
};

/// Reads a FunctionName; a violation joins the others of the request.
std::optional<FunctionName> read_function(std::string_view text, Constraints& constraints) {
  auto function = lambda::parse_function_name(text);
  if (function.has_value()) return *std::move(function);
  constexpr std::string_view kCount = "1 validation error detected: ";
  constraints.violated(function.error().message.substr(kCount.size()));
  return std::nullopt;
}

void read_filters(Members& in, Constraints& constraints, MappingChanges& changes) {
  const Json* const criteria = in.object("FilterCriteria");
  if (criteria == nullptr) return;
  Members members{*criteria};
  const Json* const filters = members.array("Filters");
  in.adopt(members);
  if (filters == nullptr || filters->empty()) return;
  changes.refusals.push_back(not_emulated("FilterCriteria"));
  if (filters->size() > kMaxFilters) {
    constraints.count("filterCriteria.filters", filters->size(), json::print_tree(*filters), 0, kMaxFilters);
    return;
  }
  std::size_t number = 0;
  for (const Json& filter : *filters) {
    ++number;
    if (!filter.is_object()) return in.fail("FilterCriteria.Filters", "a list of objects");
    Members filter_members{filter};
    const auto pattern = filter_members.string("Pattern");
    in.adopt(filter_members);
    if (!pattern) continue;
    constraints.length("filterCriteria.filters." + std::to_string(number) + ".member.pattern", *pattern, 0,
                       kMaxPattern);
    const auto rule = json::parse_tree(*pattern);
    if (rule.has_error() || !rule->is_object()) changes.has_bad_filter_pattern = true;
  }
}

void read_destinations(Members& in, Constraints& constraints, MappingChanges& changes) {
  const Json* const config = in.object("DestinationConfig");
  if (config == nullptr) return;
  Members members{*config};
  changes.has_on_success = members.object("OnSuccess") != nullptr;
  if (const Json* const on_failure = members.object("OnFailure")) {
    Members failure_members{*on_failure};
    const auto destination = failure_members.string("Destination").value_or("");
    constraints.length("destinationConfig.onFailure.destination", destination, 0, kMaxDestination);
    if (!destination.empty()) changes.refusals.push_back(not_emulated("DestinationConfig.OnFailure"));
    members.adopt(failure_members);
  }
  in.adopt(members);
}

void read_response_types(Members& in, Constraints& constraints, MappingChanges& changes) {
  const Json* const types = in.array("FunctionResponseTypes");
  if (types == nullptr) return;
  constraints.count("functionResponseTypes", types->size(), json::print_tree(*types), 0, 1);
  for (const Json& type : *types) {
    if (!type.is_string()) return in.fail("FunctionResponseTypes", "a list of strings");
    if (const auto& name = type.get_ref<const std::string&>(); name != "ReportBatchItemFailures") {
      constraints.violated("Value '[" + name + "]' at 'functionResponseTypes' failed to satisfy constraint: Member " +
                           "must satisfy constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]");
    }
  }
  changes.report_batch_item_failures = !types->empty();
}

enum class Presence : std::uint8_t { kRequired, kOptional };

MappingChanges read_changes(Members& in, Constraints& constraints, Presence function_name) {
  MappingChanges changes;
  const auto function = in.string("FunctionName");
  if (function_name == Presence::kRequired) constraints.required("functionName", function.has_value());
  if (function) changes.function = read_function(*function, constraints);
  changes.enabled = in.boolean("Enabled");
  changes.batch_size = in.integer("BatchSize");
  constraints.range("batchSize", changes.batch_size, 1, kMaxBatchSize);
  read_filters(in, constraints, changes);
  changes.batching_window_seconds = in.integer("MaximumBatchingWindowInSeconds");
  constraints.range("maximumBatchingWindowInSeconds", changes.batching_window_seconds, 0, kMaxBatchingWindowSeconds);
  const auto factor = in.integer("ParallelizationFactor");
  constraints.range("parallelizationFactor", factor, 1, kMaxParallelizationFactor);
  if (factor.value_or(1) > 1) changes.refusals.push_back(not_emulated("a ParallelizationFactor greater than 1"));
  read_destinations(in, constraints, changes);
  changes.maximum_record_age_seconds = in.integer("MaximumRecordAgeInSeconds");
  constraints.range("maximumRecordAgeInSeconds", changes.maximum_record_age_seconds, kUnlimited, kMaxRecordAgeSeconds);
  if (const auto age = changes.maximum_record_age_seconds; age && *age != kUnlimited && *age < kMinRecordAgeSeconds) {
    changes.refusals.emplace_back("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.");
  }
  changes.bisect_batch_on_function_error = in.boolean("BisectBatchOnFunctionError");
  changes.maximum_retry_attempts = in.integer("MaximumRetryAttempts");
  constraints.range("maximumRetryAttempts", changes.maximum_retry_attempts, kUnlimited, kMaxRetryAttempts);
  const auto tumbling_window = in.integer("TumblingWindowInSeconds");
  constraints.range("tumblingWindowInSeconds", tumbling_window, 0, kMaxTumblingWindowSeconds);
  if (tumbling_window.value_or(0) > 0) changes.refusals.push_back(not_emulated("TumblingWindowInSeconds"));
  read_response_types(in, constraints, changes);
  changes.kms_key_arn = in.string("KMSKeyArn");
  for (const std::string_view member : kForeignMembers) {
    const Json* const given = in.find(member);
    if (given != nullptr && !(given->is_structured() && given->empty())) {
      changes.refusals.push_back(not_emulated(member));
    }
  }
  return changes;
}

Result<void> finish(const Members& in, const Constraints& constraints) {
  if (in.error()) return *in.error();
  auto checked = constraints.finish();
  if (checked.has_error()) return ApiError{ErrorKind::kLambdaValidation, checked.error().message};
  return {};
}

Result<Json> parse_object(std::string_view body) {
  auto document = json::parse_tree(body);
  if (document.has_error()) return unreadable(document.error().reason);
  if (!document->is_object()) return unreadable("it must be an object");
  return *std::move(document);
}

}  // namespace

Result<CreateRequest> parse_create_request(std::string_view body) {
  TRY_ASSIGN(const Json document, parse_object(body));
  Members in{document};
  Constraints constraints;
  CreateRequest request;
  request.event_source_arn = in.string("EventSourceArn");
  if (request.event_source_arn) {
    constraints.pattern("eventSourceArn", *request.event_source_arn, looks_like_arn(*request.event_source_arn),
                        kArnPattern);
  }
  request.changes = read_changes(in, constraints, Presence::kRequired);
  request.starting_position = in.string("StartingPosition");
  constraints.one_of("startingPosition", request.starting_position, {"LATEST", "AT_TIMESTAMP", "TRIM_HORIZON"});
  if (const Json* const tags = in.object("Tags")) {
    constraints.count("tags", tags->size(), json::print_tree(*tags), 0, kMaxTags);
    for (const auto& [key, value] : tags->items()) {
      if (value.is_string()) {
        request.tags.emplace(key, value.get<std::string>());
      } else {
        in.fail("Tags", "a map of strings");
      }
    }
  }
  TRY(finish(in, constraints));
  return request;
}

Result<UpdateRequest> parse_update_request(std::string_view body) {
  TRY_ASSIGN(const Json document, parse_object(body));
  Members in{document};
  Constraints constraints;
  UpdateRequest request{read_changes(in, constraints, Presence::kOptional)};
  TRY(finish(in, constraints));
  return request;
}

Result<ListQuery> parse_list_query(const std::optional<std::string>& event_source_arn,
                                   const std::optional<std::string>& function_name,
                                   const std::optional<std::string>& marker,
                                   const std::optional<std::string>& max_items) {
  Constraints constraints;
  ListQuery query;
  query.event_source_arn = event_source_arn.value_or("");
  query.marker = marker.value_or("");
  if (function_name) query.function = read_function(*function_name, constraints);
  if (max_items) {
    std::int64_t number = 0;
    const char* const end = max_items->data() + max_items->size();
    const auto [stopped_at, failure] = std::from_chars(max_items->data(), end, number);
    if (failure == std::errc{} && stopped_at == end) {
      constraints.range("maxItems", number, 1, kMaxListItems);
      query.max_items = static_cast<std::size_t>(number);
    } else {
      constraints.violated("Value '" + *max_items + "' at 'maxItems' failed to satisfy constraint: Member must be an " +
                           "integer");
    }
  }
  auto checked = constraints.finish();
  if (checked.has_error()) return ApiError{ErrorKind::kLambdaValidation, checked.error().message};
  return query;
}

void apply(const MappingChanges& changes, MappingDefinition& mapping) {
  const auto take = [](const auto& change, auto& member) {
    if (change) member = *change;
  };
  take(changes.enabled, mapping.enabled);
  take(changes.batch_size, mapping.batch_size);
  take(changes.batching_window_seconds, mapping.batching_window_seconds);
  take(changes.maximum_record_age_seconds, mapping.maximum_record_age_seconds);
  take(changes.maximum_retry_attempts, mapping.maximum_retry_attempts);
  take(changes.bisect_batch_on_function_error, mapping.bisect_batch_on_function_error);
  take(changes.report_batch_item_failures, mapping.report_batch_item_failures);
  take(changes.kms_key_arn, mapping.kms_key_arn);
}

}  // namespace millrace::esm
