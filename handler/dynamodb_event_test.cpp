#include "handler/dynamodb_event.hpp"

#include <gtest/gtest.h>

namespace millrace::handler {
namespace {

/// Parses and prints.
std::string round_trip(std::string_view json) {
  const auto event = parse_dynamodb_event(json);
  return event.has_error() ? event.error().message : to_json(*event);
}

constexpr std::string_view kAllTypes =
    R"({"Records":[{"eventID":"c4ca4238a0b923820dcc509a6f75849b","eventName":"MODIFY","eventVersion":"1.1",)"
    R"("eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{"ApproximateCreationDateTime":1.7330064E9,)"
    R"("Keys":{"id":{"S":"a"}},"NewImage":{"b":{"B":"aGk="},"bool":{"BOOL":false},"bs":{"BS":["YQ==","Yg=="]},)"
    R"("id":{"S":"a"},"l":{"L":[{"N":"1"},{"L":[]}]},"m":{"M":{"x":{"S":"\"}]{[,\\"}}},"n":{"N":"-1.5"},)"
    R"("ns":{"NS":["1","2"]},"null":{"NULL":true},"ss":{"SS":["x","y"]}},"OldImage":{"id":{"S":"a"}},)"
    R"("SequenceNumber":"100000000003218256368","SizeBytes":15,"StreamViewType":"NEW_AND_OLD_IMAGES"},)"
    R"("eventSourceARN":"arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/2025-11-25T15:53:08.123"}]})";

TEST(DynamoDBEvent, RoundTripsAllTenTypesAndTheSpellingOfTheTime) { EXPECT_EQ(round_trip(kAllTypes), kAllTypes); }

TEST(DynamoDBEvent, GivesTypedAccess) {
  const auto event = parse_dynamodb_event(kAllTypes);
  ASSERT_TRUE(event.has_value());
  const DynamoDBRecord& record = event->records.at(0);
  EXPECT_EQ(record.event_name, "MODIFY");
  EXPECT_EQ(record.change.sequence_number, "100000000003218256368");
  EXPECT_EQ(record.change.size_bytes, 15);
  EXPECT_EQ(*record.change.new_image->find("id")->as_string(), "a");
  EXPECT_EQ(record.change.creation_time(), TimePoint{std::chrono::seconds{1733006400}});
  EXPECT_FALSE(record.user_identity.has_value());
}

TEST(DynamoDBEvent, RoundTripsTimeToLiveDeletion) {
  constexpr std::string_view kEvent =
      R"({"Records":[{"eventID":"1","eventName":"REMOVE","dynamodb":{"ApproximateCreationDateTime":1664559083.0,)"
      R"("Keys":{"id":{"S":"a"}}},"userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"}}]})";
  EXPECT_EQ(round_trip(kEvent), kEvent);
}

TEST(DynamoDBEvent, RoundTripsTumblingWindow) {
  constexpr std::string_view kEvent =
      R"({"Records":[],"window":{"start":"2020-07-30T17:00:00Z","end":"2020-07-30T17:05:00Z"},)"
      R"("state":{"1":"sum", "n":1E2},"shardId":"shardId-1","eventSourceARN":"arn","isFinalInvokeForWindow":true,)"
      R"("isWindowTerminatedEarly":false})";
  EXPECT_EQ(round_trip(kEvent), kEvent);
  EXPECT_EQ(parse_dynamodb_event(kEvent)->is_final_invoke_for_window, true);
}

TEST(DynamoDBEvent, KeepsUnknownMembersAtEveryLevel) {
  constexpr std::string_view kEvent =
      R"({"Records":[{"eventID":"1","dynamodb":{"Keys":{},"x":[1, {"a":"]}"}],"y":1.50},)"
      R"("userIdentity":{"type":"Service","z":"\\"},"w":{"deep":[[[]]]}}],"window":{"start":"s","v":-0.0},"u":"\""})";
  EXPECT_EQ(round_trip(kEvent), kEvent);
}

TEST(DynamoDBEvent, ToleratesBlanksAndNulls) {
  EXPECT_EQ(round_trip(" { \"Records\" : [ { \"eventID\" : null , \"eventName\" : \"INSERT\" , \"dynamodb\" : "
                       "{ \"Keys\" : { } , \"OldImage\" : null , \"odd\" : 1 } } ] , \"more\" : true } "),
            R"({"Records":[{"eventName":"INSERT","dynamodb":{"Keys":{},"odd":1}}],"more":true})");
}

TEST(DynamoDBEvent, SaysWhatIsWrong) {
  EXPECT_EQ(round_trip("[]"), "Not a DynamoDB event: the payload must be a JSON object");
  EXPECT_EQ(round_trip("{}"), "Not a DynamoDB event: Records must be a list");
  EXPECT_EQ(round_trip(R"({"Records":[7]})"), "Not a DynamoDB event: a record must be an object");
  EXPECT_EQ(round_trip(R"({"Records":[{"eventID":7}]})"), "Not a DynamoDB event: eventID must be a string");
  EXPECT_EQ(round_trip(R"({"Records":[{"dynamodb":{"Keys":{"a":{"N":"x"}}}}]})"),
            "Not a DynamoDB event: Keys must be a map of attribute values: The parameter cannot be converted to a "
            "numeric value: x");
}

TEST(DynamoDBEvent, FindsNoTimeInNonsense) {
  StreamChange change;
  EXPECT_EQ(change.creation_time(), std::nullopt);
  change.approximate_creation_date_time = "1e300";
  EXPECT_EQ(change.creation_time(), std::nullopt);
}

TEST(BatchResponse, ListsIdentifiers) {
  EXPECT_EQ(to_json(BatchResponse{}), R"({"batchItemFailures":[]})");
  EXPECT_EQ(to_json(BatchResponse{{"1", "2"}}),
            R"({"batchItemFailures":[{"itemIdentifier":"1"},{"itemIdentifier":"2"}]})");
}

}  // namespace
}  // namespace millrace::handler
