#include "harness/esm/control/mapping.hpp"

#include <array>
#include <chrono>
#include <utility>
#include <variant>

#include "harness/esm/filter/pattern_filter.hpp"
#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;

StorageError corrupt(std::string_view what) {
  return {StorageErrorKind::kCorrupt, std::string{"unreadable document of an "}.append(what)};
}

constexpr std::string_view kReportBatchItemFailures = "ReportBatchItemFailures";

/// OnFailure is shown even when there is none.
void append_destination(json::ObjectWriter& mapping, const std::string& on_failure) {
  json::ObjectWriter config{mapping.key("DestinationConfig")};
  json::ObjectWriter failure{config.key("OnFailure")};
  if (!on_failure.empty()) failure.string("Destination", on_failure);
  failure.finish();
  config.finish();
}

/// What the function keeps is a text in it, however deep that nests.
void append_window(std::string& out, const OpenWindow& window) {
  json::ObjectWriter object{out.append(R"(,"window":)")};
  object.integer("start", window.start.time_since_epoch().count());
  object.integer("end", window.end.time_since_epoch().count());
  object.string("state", window.state);
  object.boolean("endsEarly", window.ends_early);
  object.finish();
}

OpenWindow window_from(const Json& document) {
  const auto time = [&document](const char* name) {
    return TimePoint{Duration{document.at(name).get<std::int64_t>()}};
  };
  return {time("start"), time("end"), document.at("state").get<std::string>(), document.at("endsEarly").get<bool>()};
}

}  // namespace

std::string_view to_text(StartingPosition position) {
  return position == StartingPosition::kTrimHorizon ? "TRIM_HORIZON" : "LATEST";
}

std::string_view to_text(MappingState state) {
  constexpr std::array<std::string_view, 7> kTexts{"Creating", "Enabling", "Enabled", "Disabling",
                                                   "Disabled", "Updating", "Deleting"};
  return kTexts[static_cast<std::size_t>(state)];
}

model::Account account_of(const MappingDefinition& mapping) {
  const auto stream = model::parse_stream_arn(mapping.event_source_arn);
  return stream ? model::Account{std::string{stream->region}, std::string{stream->account_id}} : model::Account{};
}

lambda::FunctionReference function_of(const MappingDefinition& mapping) {
  lambda::FunctionReference function{.name = mapping.function_name, .account = account_of(mapping)};
  const std::size_t qualifier = lambda::arn_of(function).size() + 1;
  if (mapping.function_arn.size() > qualifier) function.qualifier = mapping.function_arn.substr(qualifier);
  return function;
}

PollerSettings poller_settings(const MappingDefinition& mapping) {
  PollerSettings settings;
  settings.batch_size = static_cast<std::size_t>(mapping.batch_size);
  settings.batching_window = std::chrono::seconds{mapping.batching_window_seconds};
  if (mapping.maximum_retry_attempts != kUnlimited) {
    settings.maximum_retry_attempts = static_cast<std::uint32_t>(mapping.maximum_retry_attempts);
  }
  if (mapping.maximum_record_age_seconds != kUnlimited) {
    settings.maximum_record_age = std::chrono::seconds{mapping.maximum_record_age_seconds};
  }
  settings.bisect_on_function_error = mapping.bisect_batch_on_function_error;
  settings.report_item_failures = mapping.report_batch_item_failures;
  // They were parsed when they were taken; a database from elsewhere may hold what is none, which drops nothing.
  auto filter = PatternFilter::parse(mapping.filters);
  if (auto* const parsed = std::get_if<0>(&filter)) settings.filter = std::move(*parsed);
  settings.tumbling_window = std::chrono::seconds{mapping.tumbling_window_seconds};
  // What a window keeps goes from one invocation to the next, so they are one after the other.
  if (mapping.tumbling_window_seconds == 0) settings.lanes = static_cast<std::size_t>(mapping.parallelization_factor);
  return settings;
}

std::string to_document(const MappingDefinition& mapping) {
  return json::print_tree(Json{
      {"uuid", mapping.uuid},
      {"eventSourceArn", mapping.event_source_arn},
      {"functionArn", mapping.function_arn},
      {"functionName", mapping.function_name},
      {"startingPosition", to_text(mapping.starting_position)},
      {"enabled", mapping.enabled},
      {"batchSize", mapping.batch_size},
      {"batchingWindowSeconds", mapping.batching_window_seconds},
      {"maximumRecordAgeSeconds", mapping.maximum_record_age_seconds},
      {"maximumRetryAttempts", mapping.maximum_retry_attempts},
      {"bisectBatchOnFunctionError", mapping.bisect_batch_on_function_error},
      {"reportBatchItemFailures", mapping.report_batch_item_failures},
      {"parallelizationFactor", mapping.parallelization_factor},
      {"tumblingWindowSeconds", mapping.tumbling_window_seconds},
      {"filters", mapping.filters},
      {"onFailure", mapping.on_failure},
      {"kmsKeyArn", mapping.kms_key_arn},
      {"metrics", mapping.metrics},
      {"tags", mapping.tags},
      {"lastModified", mapping.last_modified.time_since_epoch().count()},
  });
}

StorageResult<MappingDefinition> mapping_from_document(std::string_view text) {
  try {
    const auto tree = json::parse_tree(text, json::kStoredDocument);
    if (tree.has_error()) return corrupt("event source mapping");
    const Json& document = *tree;
    MappingDefinition mapping;
    document.at("uuid").get_to(mapping.uuid);
    document.at("eventSourceArn").get_to(mapping.event_source_arn);
    document.at("functionArn").get_to(mapping.function_arn);
    document.at("functionName").get_to(mapping.function_name);
    mapping.starting_position = document.at("startingPosition").get<std::string>() == "LATEST"
                                    ? StartingPosition::kLatest
                                    : StartingPosition::kTrimHorizon;
    document.at("enabled").get_to(mapping.enabled);
    document.at("batchSize").get_to(mapping.batch_size);
    document.at("batchingWindowSeconds").get_to(mapping.batching_window_seconds);
    document.at("maximumRecordAgeSeconds").get_to(mapping.maximum_record_age_seconds);
    document.at("maximumRetryAttempts").get_to(mapping.maximum_retry_attempts);
    document.at("bisectBatchOnFunctionError").get_to(mapping.bisect_batch_on_function_error);
    document.at("reportBatchItemFailures").get_to(mapping.report_batch_item_failures);
    document.at("kmsKeyArn").get_to(mapping.kms_key_arn);
    // Documents of older databases have none of these.
    const auto take = [&document](const char* name, auto& member) {
      if (document.contains(name)) document.at(name).get_to(member);
    };
    take("metrics", mapping.metrics);
    take("parallelizationFactor", mapping.parallelization_factor);
    take("tumblingWindowSeconds", mapping.tumbling_window_seconds);
    take("filters", mapping.filters);
    take("onFailure", mapping.on_failure);
    document.at("tags").get_to(mapping.tags);
    mapping.last_modified = TimePoint{Duration{document.at("lastModified").get<std::int64_t>()}};
    return mapping;
  } catch (const Json::exception&) {
    return corrupt("event source mapping");
  }
}

std::string checkpoint_name(std::string_view uuid, std::string_view shard_id) {
  return std::string{uuid}.append("/").append(shard_id);
}

std::string to_checkpoint(const ShardProgress& progress) {
  std::string text{R"({"done":)"};
  text.append(std::to_string(progress.done))
      .append(R"(,"delivered":)")
      .append(std::to_string(progress.delivered))
      .append(R"(,"discarded":)")
      .append(std::to_string(progress.discarded));
  if (progress.begun > 0) text.append(R"(,"begun":)").append(std::to_string(progress.begun));
  if (progress.window) append_window(text, *progress.window);
  return text.append("}");
}

StorageResult<ShardProgress> checkpoint_from(std::string_view text) {
  const auto tree = json::parse_tree(text, json::kStoredDocument);
  if (tree.has_error() || !tree->is_object() || !tree->contains("done"))
    return corrupt("event source mapping's checkpoint");
  ShardProgress progress;
  for (const auto& [name, number] :
       {std::pair{"done", &progress.done}, std::pair{"delivered", &progress.delivered},
        std::pair{"discarded", &progress.discarded}, std::pair{"begun", &progress.begun}}) {
    const auto member = tree->find(name);
    if (member == tree->end()) continue;
    if (!member->is_number_unsigned()) return corrupt("event source mapping's checkpoint");
    *number = member->get<std::uint64_t>();
  }
  if (!tree->contains("window")) return progress;
  try {
    progress.window = window_from(tree->at("window"));
  } catch (const Json::exception&) {
    return corrupt("event source mapping's checkpoint");
  }
  return progress;
}

void append_configuration(std::string& out, const MappingDefinition& mapping, MappingState state,
                          std::string_view last_processing_result, FilterView filters) {
  json::ObjectWriter object{out};
  object.string("UUID", mapping.uuid);
  object.string("StartingPosition", to_text(mapping.starting_position));
  object.integer("BatchSize", mapping.batch_size);
  object.integer("MaximumBatchingWindowInSeconds", mapping.batching_window_seconds);
  object.integer("ParallelizationFactor", mapping.parallelization_factor);
  object.string("EventSourceArn", mapping.event_source_arn);
  if (!mapping.filters.empty() && (filters == FilterView::kAlways || mapping.kms_key_arn.empty())) {
    json::ObjectWriter criteria{object.key("FilterCriteria")};
    json::append_list(criteria.key("Filters"), mapping.filters, [&out](const std::string& pattern) {
      json::ObjectWriter filter{out};
      filter.string("Pattern", pattern);
      filter.finish();
    });
    criteria.finish();
  }
  object.string("FunctionArn", mapping.function_arn);
  object.timestamp("LastModified", mapping.last_modified);
  object.string("LastProcessingResult", last_processing_result);
  object.string("State", to_text(state));
  object.string("StateTransitionReason", "User action");
  append_destination(object, mapping.on_failure);
  object.integer("MaximumRecordAgeInSeconds", mapping.maximum_record_age_seconds);
  object.boolean("BisectBatchOnFunctionError", mapping.bisect_batch_on_function_error);
  object.integer("MaximumRetryAttempts", mapping.maximum_retry_attempts);
  object.integer("TumblingWindowInSeconds", mapping.tumbling_window_seconds);
  std::string response_types{"["};
  if (mapping.report_batch_item_failures) base::append_json_string(response_types, kReportBatchItemFailures);
  object.raw("FunctionResponseTypes", response_types.append("]"));
  object.string("EventSourceMappingArn", model::event_source_mapping_arn(account_of(mapping), mapping.uuid));
  if (!mapping.kms_key_arn.empty()) object.string("KMSKeyArn", mapping.kms_key_arn);
  if (!mapping.metrics.empty()) {
    json::ObjectWriter metrics{object.key("MetricsConfig")};
    json::append_list(metrics.key("Metrics"), mapping.metrics,
                      [&out](const std::string& metric) { base::append_json_string(out, metric); });
    metrics.finish();
  }
  object.finish();
}

}  // namespace millrace::esm
