#include "harness/admin/metrics_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace millrace::admin {
namespace {

using testing::HasSubstr;

TEST(MetricsText, HasAFamilyForEachMetricAndASampleForEachOwner) {
  esm::MappingReport mapping;
  mapping.definition.uuid = "u";
  mapping.definition.function_name = "f";
  mapping.idle = true;
  mapping.statistics.records_polled = 10;
  mapping.statistics.records_filtered_out = 9;
  mapping.statistics.records_invoked = 1;
  mapping.progress.push_back({"shard-1", "polling", 1, 1'500});
  lambda::FunctionCounts counts;
  counts.invocations = 2;
  counts.duration = std::chrono::milliseconds{1'250};
  std::string text;
  append_metrics(text, {{"arn:f", counts}}, {mapping});
  EXPECT_THAT(text, HasSubstr("# TYPE millrace_lambda_invocations_total counter\n"
                              "millrace_lambda_invocations_total{function=\"arn:f\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("millrace_lambda_duration_seconds_sum{function=\"arn:f\"} 1.25\n"
                              "millrace_lambda_duration_seconds_count{function=\"arn:f\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("millrace_esm_polled_events_total{mapping=\"u\",function=\"f\"} 10\n"));
  EXPECT_THAT(text, HasSubstr("millrace_esm_filtered_out_events_total{mapping=\"u\",function=\"f\"} 9\n"));
  EXPECT_THAT(text,
              HasSubstr("millrace_esm_iterator_age_seconds{mapping=\"u\",function=\"f\",shard=\"shard-1\"} 1.5\n"));
  EXPECT_THAT(text, HasSubstr("millrace_esm_caught_up{mapping=\"u\",function=\"f\"} 1\n"));
}

}  // namespace
}  // namespace millrace::admin
