#include "harness/esm/control/mapping.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "harness/esm/source/record_filter.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;

MappingDefinition defaults() {
  MappingDefinition mapping;
  mapping.uuid = "14e0db71-0000-4000-8000-000000000000";
  mapping.event_source_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L";
  mapping.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:echo";
  mapping.function_name = "echo";
  mapping.last_modified = TimePoint{std::chrono::milliseconds{1764085660123}};
  return mapping;
}

TEST(MappingDefinitionTest, FiltersAreWhatItsPollersAskOfRecords) {
  MappingDefinition mapping;
  EXPECT_EQ(poller_settings(mapping).filter, nullptr);
  mapping.filters = {R"({"eventName":["INSERT"]})"};
  const PollerSettings settings = poller_settings(mapping);
  ASSERT_NE(settings.filter, nullptr);
  EXPECT_TRUE(settings.filter->passes({.json = R"({"eventName":"INSERT"})"}));
  EXPECT_FALSE(settings.filter->passes({.json = R"({"eventName":"REMOVE"})"}));
}

TEST(MappingDefinitionTest, AListDoesNotShowFiltersThatAreEncrypted) {
  MappingDefinition mapping;
  mapping.filters = {"{}"};
  const auto shown = [&mapping](FilterView view) {
    std::string text;
    append_configuration(text, mapping, MappingState::kEnabled, "OK", view);
    return text.find("FilterCriteria") != std::string::npos;
  };
  EXPECT_TRUE(shown(FilterView::kUnlessEncrypted));
  mapping.kms_key_arn = "arn:aws:kms:x";
  EXPECT_TRUE(shown(FilterView::kAlways));
  EXPECT_FALSE(shown(FilterView::kUnlessEncrypted));
}

TEST(MappingTest, ConfigurationOfTheDefaultsIsTheRecordedOne) {
  std::string text;
  append_configuration(text, defaults(), MappingState::kCreating, "No records processed");
  EXPECT_EQ(text,
            R"({"UUID":"14e0db71-0000-4000-8000-000000000000","StartingPosition":"TRIM_HORIZON","BatchSize":100,)"
            R"("MaximumBatchingWindowInSeconds":0,"ParallelizationFactor":1,)"
            R"("EventSourceArn":"arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L",)"
            R"("FunctionArn":"arn:aws:lambda:us-east-1:000000000000:function:echo","LastModified":1764085660.123,)"
            R"("LastProcessingResult":"No records processed","State":"Creating",)"
            R"("StateTransitionReason":"User action","DestinationConfig":{"OnFailure":{}},)"
            R"("MaximumRecordAgeInSeconds":-1,"BisectBatchOnFunctionError":false,"MaximumRetryAttempts":-1,)"
            R"("TumblingWindowInSeconds":0,"FunctionResponseTypes":[],)"
            R"("EventSourceMappingArn":"arn:aws:lambda:us-east-1:000000000000:event-source-mapping:)"
            R"(14e0db71-0000-4000-8000-000000000000"})");
}

TEST(MappingTest, ConfigurationEchoesWhatWasAskedFor) {
  MappingDefinition mapping = defaults();
  mapping.report_batch_item_failures = true;
  mapping.kms_key_arn = "arn:aws:kms:x";
  mapping.metrics = {"EventCount"};
  mapping.parallelization_factor = 10;
  mapping.tumbling_window_seconds = 900;
  mapping.filters = {R"({"eventName":["INSERT"]})", "{}"};
  mapping.on_failure = "arn:aws:sqs:us-east-1:000000000000:failed";
  std::string text;
  append_configuration(text, mapping, MappingState::kEnabled, "OK");
  const Json shown = Json::parse(text);
  EXPECT_EQ(shown["FunctionResponseTypes"], Json::array({"ReportBatchItemFailures"}));
  EXPECT_EQ(shown["KMSKeyArn"], "arn:aws:kms:x");
  EXPECT_EQ(shown["MetricsConfig"], (Json{{"Metrics", {"EventCount"}}}));
  EXPECT_EQ(shown["State"], "Enabled");
  EXPECT_EQ(shown["ParallelizationFactor"], 10);
  EXPECT_EQ(shown["TumblingWindowInSeconds"], 900);
  EXPECT_EQ(shown["FilterCriteria"],
            (Json{{"Filters", {{{"Pattern", R"({"eventName":["INSERT"]})"}}, {{"Pattern", "{}"}}}}}));
  EXPECT_EQ(shown["DestinationConfig"],
            (Json{{"OnFailure", {{"Destination", "arn:aws:sqs:us-east-1:000000000000:failed"}}}}));
  EXPECT_FALSE(shown.contains("Enabled"));
}

TEST(MappingTest, SurvivesBeingStored) {
  MappingDefinition mapping = defaults();
  mapping.starting_position = StartingPosition::kLatest;
  mapping.enabled = false;
  mapping.batch_size = 7;
  mapping.batching_window_seconds = 8;
  mapping.maximum_record_age_seconds = 90;
  mapping.maximum_retry_attempts = 1;
  mapping.bisect_batch_on_function_error = true;
  mapping.report_batch_item_failures = true;
  mapping.kms_key_arn = "k";
  mapping.metrics = {"EventCount"};
  mapping.tags = {{"a", "b"}};
  mapping.parallelization_factor = 2;
  mapping.tumbling_window_seconds = 60;
  mapping.filters = {"{}"};
  mapping.on_failure = "arn:aws:s3:::failed";
  const auto read = mapping_from_document(to_document(mapping));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, mapping);

  Json of_older_version = Json::parse(to_document(mapping));
  for (const auto* name : {"metrics", "parallelizationFactor", "tumblingWindowSeconds", "filters", "onFailure"}) {
    of_older_version.erase(name);
  }
  mapping.metrics.clear();
  mapping.parallelization_factor = 1;
  mapping.tumbling_window_seconds = 0;
  mapping.filters.clear();
  mapping.on_failure.clear();
  EXPECT_EQ(*mapping_from_document(of_older_version.dump()), mapping);
}

TEST(MappingTest, UnreadableDocumentsAreCorrupt) {
  for (const auto* text : {"", "{", "[]", "{}", R"({"uuid":7})"}) {
    const auto read = mapping_from_document(text);
    ASSERT_TRUE(read.has_error()) << text;
    EXPECT_EQ(read.error().kind, StorageErrorKind::kCorrupt);
  }
  for (const auto* text :
       {"", "7", "{}", R"({"done":-1})", R"({"done":"7"})", R"({"delivered":7})", R"({"done":7,"delivered":-1})"}) {
    EXPECT_TRUE(checkpoint_from(text).has_error()) << text;
  }
}

TEST(MappingTest, CheckpointsAreReadBackAndMayLackTheCounters) {
  const ShardProgress progress{.done = 18'446'744'073'709'551'615U, .delivered = 250, .discarded = 3};
  EXPECT_EQ(checkpoint_from(to_checkpoint(progress)).value(), progress);
  EXPECT_EQ(checkpoint_from(R"({"done":7})").value(), ShardProgress{.done = 7});
}

TEST(MappingTest, PollerSettingsLeaveUnlimitedOpen) {
  const PollerSettings open = poller_settings(defaults());
  EXPECT_EQ(open.batch_size, 100U);
  EXPECT_FALSE(open.maximum_retry_attempts);
  EXPECT_FALSE(open.maximum_record_age);
  MappingDefinition mapping = defaults();
  mapping.maximum_retry_attempts = 0;
  mapping.maximum_record_age_seconds = 60;
  mapping.batching_window_seconds = 5;
  const PollerSettings limited = poller_settings(mapping);
  EXPECT_EQ(limited.maximum_retry_attempts, 0U);
  EXPECT_EQ(limited.maximum_record_age, std::chrono::seconds{60});
  EXPECT_EQ(limited.batching_window, std::chrono::seconds{5});
}

TEST(MappingTest, CallsTheFunctionOfItsStreamsWorldInTheVersionThatWasNamed) {
  MappingDefinition mapping;
  mapping.event_source_arn = "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/stream/2025-11-25T15:47:40.123";
  mapping.function_name = "echo";
  mapping.function_arn = "arn:aws:lambda:eu-west-1:123456789012:function:echo";
  const model::Account account{.region = "eu-west-1", .id = "123456789012"};
  EXPECT_EQ(function_of(mapping), (lambda::FunctionReference{.name = "echo", .account = account}));
  mapping.function_arn += ":$LATEST";
  EXPECT_EQ(function_of(mapping),
            (lambda::FunctionReference{.name = "echo", .qualifier = "$LATEST", .account = account}));
}

}  // namespace
}  // namespace millrace::esm
