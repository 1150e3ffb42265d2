#include "harness/esm/control/mapping_request.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "harness/esm/control/mapping_members.hpp"
#include "harness/esm/filter/pattern_filter.hpp"
#include "harness/lambda/control/resource_tags.hpp"
#include "server/rest/member_reading.hpp"
#include "server/rest/request_members.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;
using rest::find_member;
using rest::read_boolean;
using rest::read_integer;
using rest::read_structure;
using rest::read_text;

constexpr std::int64_t kDefaultMaxItems = 100;

/// Nothing when the request does not speak of filters; those that were left without a Pattern are none.
std::optional<std::vector<std::string>> read_filters(const Json& in) {
  const Json* const criteria = find_member(in, "FilterCriteria");
  if (criteria == nullptr) return std::nullopt;
  std::vector<std::string> patterns;
  const Json* const filters = find_member(*criteria, "Filters");
  if (filters == nullptr) return patterns;
  for (const Json& filter : *filters) {
    if (auto pattern = read_text(filter, "Pattern")) patterns.push_back(*std::move(pattern));
  }
  return patterns;
}

/// Why no mapping of a stream can have this destination; empty: it can. AWS's own texts are not known.
std::string refuse_destination(std::string_view arn) {
  if (arn.empty()) return {};
  const std::string text{arn};
  const bool is_queue = arn.starts_with("arn:aws:sqs:");
  const bool is_topic = arn.starts_with("arn:aws:sns:");
  if ((is_queue || is_topic) && arn.ends_with(".fifo")) {
    return "DestinationConfig.OnFailure.Destination cannot be a FIFO " + std::string{is_queue ? "queue" : "topic"} +
           ": " + text;
  }
  if (is_queue || is_topic || arn.starts_with("arn:aws:s3:::")) return {};
  return "DestinationConfig.OnFailure.Destination of a DynamoDB stream must be the ARN of a standard SQS queue, a "
         "standard SNS topic or an S3 bucket, not " +
         text;
}

/// Precondition: `in` is checked.
Result<MappingChanges> read_changes(const Json& in, std::span<const rest::Member> table) {
  MappingChanges changes;
  if (const auto function = read_text(in, "FunctionName")) {
    TRY_ASSIGN(changes.function, lambda::parse_function_name(*function));
  }
  changes.enabled = read_boolean(in, "Enabled");
  changes.batch_size = read_integer(in, "BatchSize");
  changes.batching_window_seconds = read_integer(in, "MaximumBatchingWindowInSeconds");
  changes.maximum_record_age_seconds = read_integer(in, "MaximumRecordAgeInSeconds");
  changes.maximum_retry_attempts = read_integer(in, "MaximumRetryAttempts");
  changes.bisect_batch_on_function_error = read_boolean(in, "BisectBatchOnFunctionError");
  if (const Json* const types = find_member(in, "FunctionResponseTypes")) {
    changes.report_batch_item_failures = !types->empty();
  }
  changes.parallelization_factor = read_integer(in, "ParallelizationFactor");
  changes.tumbling_window_seconds = read_integer(in, "TumblingWindowInSeconds");
  changes.filters = read_filters(in);
  // A DestinationConfig replaces the other one, also by none.
  if (const Json* const destinations = find_member(in, "DestinationConfig")) {
    changes.on_failure = read_text(read_structure(*destinations, "OnFailure"), "Destination").value_or("");
  }
  changes.kms_key_arn = read_text(in, "KMSKeyArn");
  if (const Json* const config = find_member(in, "MetricsConfig")) {
    changes.metrics.emplace();
    if (const Json* const metrics = find_member(*config, "Metrics")) metrics->get_to(*changes.metrics);
  }
  changes.has_on_success = find_member(read_structure(in, "DestinationConfig"), "OnSuccess") != nullptr;
  if (changes.filters) {
    auto parsed = PatternFilter::parse(*changes.filters);
    if (auto* const problem = std::get_if<PatternFilter::Problem>(&parsed))
      changes.bad_filter = std::move(problem->text);
  }
  changes.refusals = rest::not_emulated(in, table);
  if (auto refusal = refuse_destination(changes.on_failure.value_or("")); !refusal.empty()) {
    changes.refusals.push_back(std::move(refusal));
  }
  if (const auto age = changes.maximum_record_age_seconds; age && *age != kUnlimited && *age < kMinRecordAgeSeconds) {
    changes.refusals.emplace_back("MaximumRecordAgeInSeconds must be -1 or between 60 and 604800.");
  }
  const auto is_of_kafka = [](const std::string& metric) { return metric != "EventCount"; };
  if (changes.metrics && std::ranges::any_of(*changes.metrics, is_of_kafka)) {
    changes.refusals.emplace_back("MetricsConfig.Metrics of a DynamoDB stream can only be EventCount.");
  }
  return changes;
}

}  // namespace

Result<CreateRequest> parse_create_request(const rest::RequestParts& parts) {
  TRY_ASSIGN(const Json in, rest::read_members(parts, create_mapping_members()));
  CreateRequest request;
  TRY_ASSIGN(request.changes, read_changes(in, create_mapping_members()));
  request.event_source_arn = read_text(in, "EventSourceArn");
  request.starting_position = read_text(in, "StartingPosition");
  request.tags = rest::read_text_map(in, "Tags");
  if (const auto tags = lambda::check_tags(request.tags); tags.has_error()) {
    request.changes.refusals.push_back(tags.error().message);
  }
  return request;
}

Result<UpdateRequest> parse_update_request(const rest::RequestParts& parts) {
  TRY_ASSIGN(const Json in, rest::read_members(parts, update_mapping_members()));
  TRY_ASSIGN(MappingChanges changes, read_changes(in, update_mapping_members()));
  return UpdateRequest{*read_text(in, "UUID"), std::move(changes)};
}

Result<std::string> parse_named_request(const rest::RequestParts& parts) {
  TRY_ASSIGN(const Json in, rest::read_members(parts, named_mapping_members()));
  return *read_text(in, "UUID");
}

Result<ListQuery> parse_list_query(const rest::RequestParts& parts) {
  TRY_ASSIGN(const Json in, rest::read_members(parts, list_mappings_members()));
  ListQuery list;
  list.event_source_arn = read_text(in, "EventSourceArn").value_or("");
  if (const auto function = read_text(in, "FunctionName")) {
    TRY_ASSIGN(list.function, lambda::parse_function_name(*function));
  }
  list.marker = read_text(in, "Marker").value_or("");
  list.max_items = static_cast<std::size_t>(read_integer(in, "MaxItems").value_or(kDefaultMaxItems));
  return list;
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
  take(changes.parallelization_factor, mapping.parallelization_factor);
  take(changes.tumbling_window_seconds, mapping.tumbling_window_seconds);
  take(changes.filters, mapping.filters);
  take(changes.on_failure, mapping.on_failure);
  take(changes.kms_key_arn, mapping.kms_key_arn);
  take(changes.metrics, mapping.metrics);
}

}  // namespace millrace::esm
