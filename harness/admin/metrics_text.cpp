#include "harness/admin/metrics_text.hpp"

#include <array>
#include <cstdint>
#include <string_view>

#include "harness/admin/prometheus_text.hpp"

namespace millrace::admin {
namespace {

using Functions = std::vector<std::pair<std::string, lambda::FunctionCounts>>;
using Mappings = std::vector<esm::MappingReport>;

constexpr double kMicrosecondsPerSecond = 1e6;
constexpr double kMillisecondsPerSecond = 1e3;

struct FunctionMetric {
  std::string_view name;
  std::string_view type;
  std::string_view help;
  std::uint64_t lambda::FunctionCounts::*count;
};
constexpr std::array kFunctionMetrics{
    FunctionMetric{"millrace_lambda_invocations_total", "counter", "Invocations: how often the function has run.",
                   &lambda::FunctionCounts::invocations},
    FunctionMetric{"millrace_lambda_errors_total", "counter",
                   "Errors: invocations that ended in an error of the function.", &lambda::FunctionCounts::errors},
    FunctionMetric{"millrace_lambda_throttles_total", "counter",
                   "Throttles: invocations that found no free concurrency.", &lambda::FunctionCounts::throttles},
    FunctionMetric{"millrace_lambda_concurrent_executions", "gauge",
                   "ConcurrentExecutions: invocations under way, those that wait for a process among them.",
                   &lambda::FunctionCounts::under_way},
};

struct MappingMetric {
  std::string_view name;
  std::string_view help;
  std::uint64_t esm::MappingStatistics::*count;
};
constexpr std::array kMappingMetrics{
    MappingMetric{"millrace_esm_polled_events_total", "PolledEventCount: records read from the stream.",
                  &esm::MappingStatistics::records_polled},
    MappingMetric{"millrace_esm_filtered_out_events_total", "FilteredOutEventCount: records that no filter matched.",
                  &esm::MappingStatistics::records_filtered_out},
    MappingMetric{"millrace_esm_invoked_events_total",
                  "InvokedEventCount: records sent to the function, those of retries counted again.",
                  &esm::MappingStatistics::records_invoked},
    MappingMetric{"millrace_esm_failed_invoke_events_total",
                  "FailedInvokeEventCount: records of invocations, or of parts of them, that failed.",
                  &esm::MappingStatistics::records_failed},
    MappingMetric{"millrace_esm_dropped_events_total",
                  "DroppedEventCount: records given up, for age or used up retries, that no destination was told of.",
                  &esm::MappingStatistics::records_dropped},
    MappingMetric{"millrace_esm_on_failure_destination_delivered_events_total",
                  "OnFailureDestinationDeliveredEventCount: records given up that the destination was told of.",
                  &esm::MappingStatistics::records_told},
    MappingMetric{"millrace_esm_records_delivered_total",
                  "Records that the function has handled, since the mapping was made.",
                  &esm::MappingStatistics::records_delivered},
    MappingMetric{"millrace_esm_records_discarded_total", "Records given up, since the mapping was made.",
                  &esm::MappingStatistics::discarded},
    MappingMetric{"millrace_esm_batches_total", "Invocations that succeeded.", &esm::MappingStatistics::batches},
    MappingMetric{"millrace_esm_invocations_total", "Invocations that reached the function.",
                  &esm::MappingStatistics::invocations},
    MappingMetric{"millrace_esm_errors_total", "Errors of the function, reports of failed items among them.",
                  &esm::MappingStatistics::errors},
    MappingMetric{"millrace_esm_throttles_total", "Invocations that were throttled.",
                  &esm::MappingStatistics::throttles},
    MappingMetric{"millrace_esm_service_errors_total", "Invocations for which the function could not be run.",
                  &esm::MappingStatistics::service_errors},
    MappingMetric{"millrace_esm_retries_total", "Attempts at a batch after its first.",
                  &esm::MappingStatistics::retries},
    MappingMetric{"millrace_esm_destination_delivery_failures_total",
                  "DestinationDeliveryFailures: destinations that could not be told.",
                  &esm::MappingStatistics::destination_delivery_failures},
};

void append_functions(PrometheusText& text, const Functions& functions) {
  for (const FunctionMetric& metric : kFunctionMetrics) {
    text.family(metric.name, metric.type, metric.help);
    for (const auto& [function, counts] : functions)
      text.sample(metric.name, {{"function", function}}, counts.*metric.count);
  }
  text.family("millrace_lambda_duration_seconds", "summary", "Duration: how long invocations took.");
  for (const auto& [function, counts] : functions) {
    text.sample("millrace_lambda_duration_seconds_sum", {{"function", function}},
                static_cast<double>(counts.duration.count()) / kMicrosecondsPerSecond);
    text.sample("millrace_lambda_duration_seconds_count", {{"function", function}}, counts.invocations);
  }
}

void append_mappings(PrometheusText& text, const Mappings& mappings) {
  for (const MappingMetric& metric : kMappingMetrics) {
    text.family(metric.name, "counter", metric.help);
    for (const esm::MappingReport& mapping : mappings) {
      text.sample(metric.name, {{"mapping", mapping.definition.uuid}, {"function", mapping.definition.function_name}},
                  mapping.statistics.*metric.count);
    }
  }
  text.family("millrace_esm_iterator_age_seconds", "gauge",
              "IteratorAge: how old the last record of a batch was when the batch was last sent.");
  for (const esm::MappingReport& mapping : mappings) {
    for (const esm::ShardReport& shard : mapping.progress) {
      text.sample("millrace_esm_iterator_age_seconds",
                  {{"mapping", mapping.definition.uuid},
                   {"function", mapping.definition.function_name},
                   {"shard", shard.shard}},
                  static_cast<double>(shard.iterator_age_milliseconds) / kMillisecondsPerSecond);
    }
  }
  text.family("millrace_esm_caught_up", "gauge", "1 when every record there is has been dealt with.");
  for (const esm::MappingReport& mapping : mappings) {
    text.sample("millrace_esm_caught_up",
                {{"mapping", mapping.definition.uuid}, {"function", mapping.definition.function_name}},
                std::uint64_t{mapping.idle ? 1U : 0U});
  }
}

}  // namespace

void append_metrics(std::string& out, const Functions& functions, const Mappings& mappings) {
  PrometheusText text{out};
  append_functions(text, functions);
  append_mappings(text, mappings);
}

}  // namespace millrace::admin
