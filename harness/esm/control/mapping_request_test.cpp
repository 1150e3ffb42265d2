#include "harness/esm/control/mapping_request.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "harness/esm/control/mapping_members.hpp"

namespace millrace::esm {
namespace {

constexpr std::string_view kOrdersStream =
    "arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2025-11-25T15:47:40.123";

const std::vector<std::string> kUuid{"u"};

std::string create_body(std::string_view further_members = {}) {
  std::string body{R"({"FunctionName":"echo","EventSourceArn":")"};
  body.append(kOrdersStream).append(R"(","StartingPosition":"TRIM_HORIZON")");
  if (!further_members.empty()) body.append(",").append(further_members);
  return body.append("}");
}

ApiError error_of(std::string_view body) {
  const auto parsed = parse_create_request({.body = body});
  return parsed.has_error() ? parsed.error() : ApiError{};
}

// --- Create ---

TEST(CreateRequestTest, LeavesWhatIsNotGivenAtItsDefault) {
  const auto parsed = parse_create_request({.body = create_body()});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  MappingDefinition mapping;
  apply(parsed->changes, mapping);
  EXPECT_EQ(mapping, MappingDefinition{});
  EXPECT_EQ(parsed->event_source_arn, kOrdersStream);
  EXPECT_EQ(parsed->starting_position, "TRIM_HORIZON");
  EXPECT_TRUE(parsed->changes.refusals.empty());
}

TEST(CreateRequestTest, TakesEveryParameterThatIsEmulated) {
  const auto parsed = parse_create_request(
      {.body = create_body(
           R"("Enabled":false,"BatchSize":10000,"MaximumBatchingWindowInSeconds":300,"ParallelizationFactor":10,
         "MaximumRecordAgeInSeconds":604800,"MaximumRetryAttempts":0,"BisectBatchOnFunctionError":true,
         "TumblingWindowInSeconds":900,"FunctionResponseTypes":["ReportBatchItemFailures"],"Tags":{"a":"b"},
         "DestinationConfig":{"OnFailure":{}},"FilterCriteria":{"Filters":[]},"KMSKeyArn":"arn:aws:kms:x",
         "Queues":[],"MetricsConfig":{"Metrics":["EventCount"]})")});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  EXPECT_TRUE(parsed->changes.refusals.empty());
  MappingDefinition mapping;
  apply(parsed->changes, mapping);
  EXPECT_FALSE(mapping.enabled);
  EXPECT_EQ(mapping.batch_size, 10'000);
  EXPECT_EQ(mapping.batching_window_seconds, 300);
  EXPECT_EQ(mapping.maximum_record_age_seconds, 604'800);
  EXPECT_EQ(mapping.maximum_retry_attempts, 0);
  EXPECT_TRUE(mapping.bisect_batch_on_function_error);
  EXPECT_TRUE(mapping.report_batch_item_failures);
  EXPECT_EQ(mapping.parallelization_factor, 10);
  EXPECT_EQ(mapping.tumbling_window_seconds, 900);
  EXPECT_EQ(mapping.kms_key_arn, "arn:aws:kms:x");
  EXPECT_EQ(mapping.metrics, std::vector<std::string>{"EventCount"});
  EXPECT_EQ(parsed->tags.at("a"), "b");
}

TEST(CreateRequestTest, AnIntegerDoesNotWrap) {
  for (const std::string number : {"18446744073709551615", "2147483648", "-2147483649", "-9223372036854775808"}) {
    for (const std::string member : {"BatchSize", "MaximumRetryAttempts", "MaximumRecordAgeInSeconds",
                                     "MaximumBatchingWindowInSeconds", "ParallelizationFactor"}) {
      const ApiError error = error_of(create_body('"' + member + "\":" + number));
      EXPECT_EQ(error.kind, ErrorKind::kLambdaInvalidRequestContent) << member;
      EXPECT_EQ(error.message, "Could not parse request body into json: " + member +
                                   " must be in range: numeric value (" + number + ") is out of range of int");
    }
  }
  EXPECT_EQ(error_of(create_body(R"("MaximumRetryAttempts":2147483647)")).kind, ErrorKind::kLambdaValidation);
}

struct ConstraintCase {
  std::string_view member;
  std::string_view violation;
};

class CreateConstraintTest : public testing::TestWithParam<ConstraintCase> {};

TEST_P(CreateConstraintTest, IsReportedInTheCoralForm) {
  const ApiError error = error_of(create_body(GetParam().member));
  EXPECT_EQ(error.kind, ErrorKind::kLambdaValidation);
  EXPECT_EQ(error.message, std::string{"1 validation error detected: Value "}.append(GetParam().violation));
}

INSTANTIATE_TEST_SUITE_P(
    Ranges, CreateConstraintTest,
    testing::Values(
        ConstraintCase{R"("BatchSize":10001)",
                       "'10001' at 'batchSize' failed to satisfy constraint: Member must have "
                       "value less than or equal to 10000"},
        ConstraintCase{R"("BatchSize":0)",
                       "'0' at 'batchSize' failed to satisfy constraint: Member must have value "
                       "greater than or equal to 1"},
        ConstraintCase{R"("MaximumBatchingWindowInSeconds":301)",
                       "'301' at 'maximumBatchingWindowInSeconds' failed to satisfy constraint: Member must have value "
                       "less than or equal to 300"},
        ConstraintCase{R"("ParallelizationFactor":11)",
                       "'11' at 'parallelizationFactor' failed to satisfy constraint: Member must have value less than "
                       "or equal to 10"},
        ConstraintCase{R"("MaximumRecordAgeInSeconds":-2)",
                       "'-2' at 'maximumRecordAgeInSeconds' failed to satisfy constraint: Member must have value "
                       "greater than or equal to -1"},
        ConstraintCase{R"("MaximumRetryAttempts":10001)",
                       "'10001' at 'maximumRetryAttempts' failed to satisfy constraint: Member must have value less "
                       "than or equal to 10000"},
        ConstraintCase{R"("TumblingWindowInSeconds":901)",
                       "'901' at 'tumblingWindowInSeconds' failed to satisfy constraint: Member must have value less "
                       "than or equal to 900"},
        ConstraintCase{R"("FunctionResponseTypes":["Nonsense"])",
                       "'[Nonsense]' at 'functionResponseTypes' failed to satisfy constraint: Member must satisfy "
                       "constraint: [Member must satisfy enum value set: [ReportBatchItemFailures]]"},
        ConstraintCase{R"("FunctionResponseTypes":["ReportBatchItemFailures","ReportBatchItemFailures"])",
                       "'[ReportBatchItemFailures, ReportBatchItemFailures]' at 'functionResponseTypes' failed to "
                       "satisfy constraint: Member must have length less than or equal to 1"},
        ConstraintCase{
            R"("DestinationConfig":{"OnFailure":{"Destination":"a queue"}})",
            "'a queue' at 'destinationConfig.onFailure.destination' failed to satisfy constraint: Member "
            "must satisfy regular expression pattern: $|kafka://([^.]([a-zA-Z0-9\\-_.]{0,248}))|"
            "arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\\-])+:((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1})"
            "?:(\\d{12})?:(.*)"},
        ConstraintCase{R"("KMSKeyArn":"key")",
                       "'key' at 'kMSKeyArn' failed to satisfy constraint: Member must satisfy regular expression "
                       "pattern: (arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"},
        ConstraintCase{
            R"("MetricsConfig":{"Metrics":["Count"]})",
            "'[Count]' at 'metricsConfig.metrics' failed to satisfy constraint: Member must satisfy "
            "constraint: [Member must satisfy enum value set: [EventCount, ErrorCount, KafkaMetrics], Member "
            "must not be null]"},
        ConstraintCase{R"("Topics":["a","b"])",
                       "'[a, b]' at 'topics' failed to satisfy constraint: Member must have length less than or equal "
                       "to 1"},
        ConstraintCase{R"("FilterCriteria":{"Filters":[{},{},{},{},{},{},{},{},{},{},{"Pattern":"{}"}]})",
                       "'[{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {Pattern={}}]' at 'filterCriteria.filters' failed to "
                       "satisfy constraint: Member must have length less than or equal to 10"}));

TEST(CreateRequestTest, BoundsEachPatternByItsPlaceInTheList) {
  const std::string pattern(4097, 'x');
  EXPECT_EQ(error_of(create_body(R"("FilterCriteria":{"Filters":[{"Pattern":"{}"},{"Pattern":")" + pattern + "\"}]}"))
                .message,
            "1 validation error detected: Value '" + pattern +
                "' at 'filterCriteria.filters.2.member.pattern' failed to satisfy constraint: Member must have length "
                "less than or equal to 4096");
}

TEST(CreateRequestTest, BoundsTheTags) {
  std::string tags;
  for (int tag = 0; tag < 51; ++tag) tags.append(tag == 0 ? "" : ",").append("\"t" + std::to_string(tag) + "\":\"v\"");
  EXPECT_TRUE(error_of(create_body("\"Tags\":{" + tags + "}"))
                  .message.starts_with("1 validation error detected: Value '{t0=v, t1=v, "));
}

/// Every member of AWS's requests (service model of November 2026) is known: honoured or refused by name.
TEST(MappingMembers, AreThoseOfTheModel) {
  constexpr std::array<std::string_view, 21> kBoth{"FunctionName",
                                                   "Enabled",
                                                   "BatchSize",
                                                   "FilterCriteria",
                                                   "KMSKeyArn",
                                                   "MetricsConfig",
                                                   "LoggingConfig",
                                                   "ScalingConfig",
                                                   "MaximumBatchingWindowInSeconds",
                                                   "ParallelizationFactor",
                                                   "DestinationConfig",
                                                   "MaximumRecordAgeInSeconds",
                                                   "BisectBatchOnFunctionError",
                                                   "MaximumRetryAttempts",
                                                   "TumblingWindowInSeconds",
                                                   "SourceAccessConfigurations",
                                                   "FunctionResponseTypes",
                                                   "AmazonManagedKafkaEventSourceConfig",
                                                   "SelfManagedKafkaEventSourceConfig",
                                                   "DocumentDBEventSourceConfig",
                                                   "ProvisionedPollerConfig"};
  constexpr std::array<std::string_view, 7> kOnlyCreate{
      "EventSourceArn", "StartingPosition", "StartingPositionTimestamp", "Tags",
      "Topics",         "Queues",           "SelfManagedEventSource"};
  const auto count = [](std::span<const rest::Member> table, std::string_view name) {
    return std::ranges::count(table, name, &rest::Member::name);
  };
  for (const std::string_view name : kBoth) {
    EXPECT_EQ(count(create_mapping_members(), name), 1) << name;
    EXPECT_EQ(count(update_mapping_members(), name), 1) << name;
  }
  for (const std::string_view name : kOnlyCreate) EXPECT_EQ(count(create_mapping_members(), name), 1) << name;
  EXPECT_EQ(count(update_mapping_members(), "UUID"), 1);
  EXPECT_EQ(create_mapping_members().size(), kBoth.size() + kOnlyCreate.size());
  EXPECT_EQ(update_mapping_members().size(), kBoth.size() + 1);
  for (const std::string_view name : {"EventSourceArn", "FunctionName", "Marker", "MaxItems"}) {
    EXPECT_EQ(count(list_mappings_members(), name), 1) << name;
  }
}

TEST(CreateRequestTest, FunctionNameIsRequiredAndEveryViolationIsListed) {
  EXPECT_EQ(error_of(R"({"BatchSize":0})").message,
            "2 validation errors detected: Value null at 'functionName' failed to satisfy constraint: Member must not "
            "be null; Value '0' at 'batchSize' failed to satisfy constraint: Member must have value greater than or "
            "equal to 1");
}

TEST(CreateRequestTest, ABadFunctionNameJoinsTheOtherViolations) {
  const ApiError error = error_of(R"({"FunctionName":"not a name","BatchSize":0})");
  EXPECT_EQ(error.kind, ErrorKind::kLambdaValidation);
  EXPECT_TRUE(error.message.starts_with(
      "2 validation errors detected: Value 'not a name' at 'functionName' failed to satisfy constraint: Member must "
      "satisfy regular expression pattern: (arn:"))
      << error.message;
}

TEST(CreateRequestTest, StartingPositionIsOneOfThree) {
  EXPECT_EQ(error_of(R"({"FunctionName":"echo","StartingPosition":"invalid"})").message,
            "1 validation error detected: Value 'invalid' at 'startingPosition' failed to satisfy constraint: Member "
            "must satisfy enum value set: [LATEST, AT_TIMESTAMP, TRIM_HORIZON]");
}

TEST(CreateRequestTest, RefusesBodiesThatAreNotRequests) {
  for (const auto* body : {"", "[]", "{", R"({"FunctionName":7})", R"({"FunctionName":"echo","BatchSize":"10"})",
                           R"({"FunctionName":"echo","BatchSize":1.5})", R"({"FunctionName":"echo","Enabled":"yes"})",
                           R"({"FunctionName":"echo","Tags":{"a":1}})"}) {
    EXPECT_EQ(error_of(body).kind, ErrorKind::kLambdaInvalidRequestContent) << body;
  }
}

struct RefusalCase {
  std::string_view member;
  std::string_view refusal;
};

class RefusalTest : public testing::TestWithParam<RefusalCase> {};

TEST_P(RefusalTest, SaysPlainlyWhatIsNotEmulated) {
  const auto parsed = parse_create_request({.body = create_body(GetParam().member)});
  ASSERT_TRUE(parsed.has_value()) << parsed.error().message;
  ASSERT_EQ(parsed->changes.refusals.size(), 1U);
  EXPECT_EQ(parsed->changes.refusals.front(), GetParam().refusal);
}

INSTANTIATE_TEST_SUITE_P(
    Parameters, RefusalTest,
    testing::Values(
        RefusalCase{R"("DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sqs:us-east-1:000000000000:q.fifo"}})",
                    "DestinationConfig.OnFailure.Destination cannot be a FIFO queue: "
                    "arn:aws:sqs:us-east-1:000000000000:q.fifo"},
        RefusalCase{R"("DestinationConfig":{"OnFailure":{"Destination":"arn:aws:sns:us-east-1:000000000000:t.fifo"}})",
                    "DestinationConfig.OnFailure.Destination cannot be a FIFO topic: "
                    "arn:aws:sns:us-east-1:000000000000:t.fifo"},
        RefusalCase{R"("DestinationConfig":{"OnFailure":{"Destination":"kafka://topic"}})",
                    "DestinationConfig.OnFailure.Destination of a DynamoDB stream must be the ARN of a standard SQS "
                    "queue, a standard SNS topic or an S3 bucket, not kafka://topic"},
        RefusalCase{R"("MetricsConfig":{"Metrics":["EventCount","ErrorCount"]})",
                    "MetricsConfig.Metrics of a DynamoDB stream can only be EventCount."},
        RefusalCase{R"("Tags":{"aws:a":"b"})", "The tag key 'aws:a' is invalid: the prefix aws: is reserved."},
        RefusalCase{R"("Topics":["t"])", "Millrace does not emulate Topics yet."},
        RefusalCase{R"("SelfManagedEventSource":{"Endpoints":{"KAFKA_BOOTSTRAP_SERVERS":["a:1"]}})",
                    "Millrace does not emulate SelfManagedEventSource yet."},
        RefusalCase{R"("ScalingConfig":{"MaximumConcurrency":2})", "Millrace does not emulate ScalingConfig yet."},
        RefusalCase{R"("AmazonManagedKafkaEventSourceConfig":{"ConsumerGroupId":"g"})",
                    "Millrace does not emulate AmazonManagedKafkaEventSourceConfig yet."},
        RefusalCase{R"("StartingPositionTimestamp":1)", "Millrace does not emulate StartingPositionTimestamp yet."},
        RefusalCase{R"("MaximumRecordAgeInSeconds":59)",
                    "MaximumRecordAgeInSeconds must be -1 or between 60 and 604800."}));

TEST(CreateRequestTest, ReadsFiltersAsTheyAreWritten) {
  const auto parsed = parse_create_request(
      {.body = create_body(R"("FilterCriteria":{"Filters":[{"Pattern":"{ \"a\":[1]}"},{},{"Pattern":"{}"}]})")});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_THAT(parsed->changes.filters, testing::Optional(testing::ElementsAre("{ \"a\":[1]}", "{}")));
  EXPECT_EQ(parsed->changes.bad_filter, "");
}

TEST(CreateRequestTest, NoticesWhatIsNoPattern) {
  for (const auto& [pattern, reason] :
       {std::pair{R"("single-string")", "filter 1: It is not valid JSON"},
        std::pair{R"("[]")", "filter 1: Filter is not an object"},
        std::pair{R"("{\"a\":{\"b\":1}}")", "filter 1: \"b\" must be an object or an array, at a.b"}}) {
    const auto parsed = parse_create_request(
        {.body =
             create_body(std::string{R"("FilterCriteria":{"Filters":[{"Pattern":)"}.append(pattern).append("}]}"))});
    ASSERT_TRUE(parsed.has_value());
    EXPECT_EQ(parsed->changes.bad_filter, reason);
  }
}

// --- Update and list ---

TEST(UpdateRequestTest, ChangesOnlyWhatIsGiven) {
  const auto parsed = parse_update_request({.path = kUuid, .body = R"({"BatchSize":5,"FunctionResponseTypes":[]})"});
  ASSERT_TRUE(parsed.has_value());
  MappingDefinition mapping;
  mapping.maximum_retry_attempts = 3;
  mapping.report_batch_item_failures = true;
  apply(parsed->changes, mapping);
  EXPECT_EQ(mapping.batch_size, 5);
  EXPECT_EQ(mapping.maximum_retry_attempts, 3);
  EXPECT_FALSE(mapping.report_batch_item_failures);
}

TEST(UpdateRequestTest, ReplacesAndClearsTheFilters) {
  MappingDefinition mapping;
  mapping.filters = {"{}"};
  const auto change = [&mapping](const std::string& body) {
    apply(parse_update_request({.path = kUuid, .body = body})->changes, mapping);
    return mapping.filters.size();
  };
  EXPECT_EQ(change("{}"), 1U);
  EXPECT_EQ(change(R"({"FilterCriteria":null})"), 1U);
  EXPECT_EQ(change(R"({"FilterCriteria":{"Filters":[{"Pattern":"{}"},{"Pattern":"{}"}]}})"), 2U);
  EXPECT_EQ(change(R"({"FilterCriteria":{"Filters":[]}})"), 0U);
  mapping.filters = {"{}"};
  EXPECT_EQ(change(R"({"FilterCriteria":{}})"), 0U);
}

TEST(UpdateRequestTest, ReplacesTheDestinationWhenThereIsOne) {
  const auto update = [](const std::string& body) {
    return parse_update_request({.path = kUuid, .body = body})->changes;
  };
  MappingDefinition mapping;
  for (const std::string arn :
       {"arn:aws:sqs:us-east-1:000000000000:q", "arn:aws:sns:us-east-1:000000000000:t", "arn:aws:s3:::b"}) {
    const MappingChanges changes = update(R"({"DestinationConfig":{"OnFailure":{"Destination":")" + arn + R"("}}})");
    EXPECT_TRUE(changes.refusals.empty());
    apply(changes, mapping);
    EXPECT_EQ(mapping.on_failure, arn);
  }
  apply(update("{}"), mapping);
  EXPECT_EQ(mapping.on_failure, "arn:aws:s3:::b");
  apply(update(R"({"DestinationConfig":{"OnFailure":{"Destination":""}}})"), mapping);
  EXPECT_EQ(mapping.on_failure, "");
}

TEST(UpdateRequestTest, ReplacesTheMetrics) {
  MappingDefinition mapping;
  mapping.metrics = {"EventCount"};
  apply(parse_update_request({.path = kUuid, .body = R"({"MetricsConfig":null})"})->changes, mapping);
  EXPECT_EQ(mapping.metrics.size(), 1U);
  apply(parse_update_request({.path = kUuid, .body = R"({"MetricsConfig":{"Metrics":[]}})"})->changes, mapping);
  EXPECT_TRUE(mapping.metrics.empty());
}

TEST(ListQueryTest, ReadsItsParameters) {
  const auto query = parse_list_query(
      {.query = "EventSourceArn=" + std::string{kOrdersStream} + "&FunctionName=echo:live&Marker=m&MaxItems=7"});
  ASSERT_TRUE(query.has_value());
  EXPECT_EQ(query->event_source_arn, kOrdersStream);
  ASSERT_TRUE(query->function);
  EXPECT_EQ(query->function->name, "echo");
  EXPECT_EQ(query->function->qualifier, "live");
  EXPECT_EQ(query->marker, "m");
  EXPECT_EQ(query->max_items, 7U);
  EXPECT_EQ(parse_list_query({.query = ""})->max_items, 100U);
}

TEST(ListQueryTest, ListsEveryViolationAndIgnoresWhatIsNoParameter) {
  EXPECT_EQ(
      parse_list_query({.query = "EventSourceArn=x&MaxItems=18446744073709551615&MaxItemz=0"}).error().message,
      "2 validation errors detected: Value '18446744073709551615' at 'maxItems' failed to satisfy constraint: "
      "Member must be an integer; Value 'x' at 'eventSourceArn' failed to satisfy constraint: Member must satisfy "
      R"(regular expression pattern: arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:([a-z]{2}(-gov)?-[a-z]+-\d{1})?:(\d{12})?:(.*))");
  EXPECT_EQ(parse_list_query({.query = "FunctionName=&EventSourceArn=&Marker=&Other=1"})->function, std::nullopt);
}

TEST(ListQueryTest, RefusesBadParameters) {
  for (const auto* max_items : {"0", "10001", "x", "7x", ""}) {
    const auto query = parse_list_query({.query = std::string{"MaxItems="} + max_items});
    ASSERT_TRUE(query.has_error()) << max_items;
    EXPECT_EQ(query.error().kind, ErrorKind::kLambdaValidation);
  }
  EXPECT_TRUE(parse_list_query({.query = "FunctionName=not%20a%20name"}).has_error());
}

// --- Nesting ---

TEST(MappingRequestTest, ReadsNoDeepBody) {
  const std::string deep = std::string(80'000, '[') + std::string(80'000, ']');
  for (const std::string member : {R"("FunctionResponseTypes":)", R"("Tags":)", R"("FilterCriteria":{"Filters":)"}) {
    const auto body = create_body(member + deep + (member.ends_with("Filters\":") ? "}" : ""));
    EXPECT_EQ(error_of(body).message, "Could not parse request body into json: it nests more than 100 levels");
    EXPECT_TRUE(parse_update_request({.path = kUuid, .body = body}).has_error());
  }
}

TEST(MappingRequestTest, TakesADeepFilterPatternForABadOne) {
  const auto parsed = parse_create_request(
      {.body = create_body(R"("FilterCriteria":{"Filters":[{"Pattern":")" + std::string(4'000, '[') + R"("}]})")});
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->changes.bad_filter, "filter 1: It is not valid JSON");
}

}  // namespace
}  // namespace millrace::esm
