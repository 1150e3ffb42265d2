#include "handler/dynamodb_event.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(DynamoDBEvent, PrintsAChangedEventFromItsMembers) {
  auto event = *parse_dynamodb_event(
      " { \"Records\" : [ { \"eventID\" : null , \"eventName\" : \"INSERT\" , \"dynamodb\" : { \"Keys\" : { } , "
      "\"OldImage\" : null , \"odd\" : 1 } } ] , \"more\" : true } ");
  event.records[0].event_id = "7";
  EXPECT_EQ(to_json(event),
            R"({"Records":[{"eventID":"7","eventName":"INSERT","dynamodb":{"Keys":{},"odd":1}}],"more":true})");
  event = *parse_dynamodb_event(kAllTypes);
  event.received_json.clear();
  EXPECT_EQ(to_json(event), kAllTypes);
}

// Whatever an event holds, it is printed as it came.
TEST(DynamoDBEvent, ReturnsOddEventsToTheByte) {
  for (
      const std::string_view json :
      {R"({"Records":[],"big":123456789012345678901234})", R"({"Records":[{}]})", R"({"Records":[7,null,[]]})",
       R"({"Records":[{"eventName":"REMOVE","dynamodb":{"Keys":{},"OldImage":null}}]})",
       R"({"Records":[{"dynamodb":{"NewImage":{"n":{"N":"0001.50"},"e":{"N":"1E2"},"b":{"N":"x"}}}}]})",
       R"({"Records":[{"dynamodb":{"NewImage":{"s":{"SS":["b","a"]},"none":{"NS":[]},"bs":{"BS":["AQI=","AQI="]}}}}]})",
       R"({"Records":[{"eventID":7,"dynamodb":[],"userIdentity":"me"}],"window":3,"Records":[{"eventID":"\u0041"}]})",
       " { \"Records\" : [ { \"eventID\" : \"1\" } ]\n}\n"}) {
    EXPECT_EQ(round_trip(json), json);
  }
  EXPECT_EQ(round_trip("\xEF\xBB\xBF{\"Records\":[]}"), R"({"Records":[]})");
}

TEST(DynamoDBEvent, ReadsWhatIsOddAndSaysSo) {
  const auto event = parse_dynamodb_event(
      R"({"Records":[{"eventID":7,"dynamodb":{"SizeBytes":1.5,"NewImage":{"n":{"N":"0001.50"},"x":{"N":"x"},"num":{"N":5},)"
      R"("bs":{"BS":["AwQ=","AQI=","AwQ="]},"none":{"SS":[]},"two":{"S":"a","N":"1"},"null":null,)"
      R"("l":{"L":[{"S":"a"},{"B":"*"},{"M":{"in":{"BOOL":"true"}}}]}}}}]})");
  ASSERT_TRUE(event.has_value());
  std::string told;
  for (const auto& [path, text] : event->problems) told.append(path).append(": ").append(text).append("\n");
  EXPECT_EQ(told,
            "Records[0].eventID: it must be a string\n"
            "Records[0].dynamodb.SizeBytes: it must be an integer\n"
            "Records[0].dynamodb.NewImage.x: The parameter cannot be converted to a numeric value: x\n"
            "Records[0].dynamodb.NewImage.num: a number must be a string; it reads as one\n"
            "Records[0].dynamodb.NewImage.bs: a set holds a member twice; it reads as if it were there once\n"
            "Records[0].dynamodb.NewImage.none: a set is empty\n"
            "Records[0].dynamodb.NewImage.two: no attribute value: it has more than one type\n"
            "Records[0].dynamodb.NewImage.null: no attribute value: it has none of the ten types\n"
            "Records[0].dynamodb.NewImage.l[1]: Base64 encoded length is expected a multiple of 4 bytes but found: 1\n"
            "Records[0].dynamodb.NewImage.l[2].in: a BOOL must be true or false\n");
  const auto& image = *event->records.at(0).change.new_image;
  EXPECT_EQ(image.find("n")->as_number()->to_string(), "1.5");
  EXPECT_EQ(std::get<model::BinarySet>(image.find("bs")->value).members,
            (std::vector<model::Binary>{{"\x01\x02"}, {"\x03\x04"}}));
  EXPECT_EQ(image.find("l")->as_list()->size(), 3U);
  EXPECT_EQ(image.find("x"), nullptr);
  EXPECT_EQ(event->records.at(0).unknown.at(0).json, "7");
}

TEST(DynamoDBEvent, SaysWhatIsNoEvent) {
  EXPECT_EQ(round_trip("[]"), "Not a DynamoDB event: the payload must be a JSON object");
  EXPECT_EQ(round_trip("{"), "Not a DynamoDB event: the payload must be a JSON object");
  EXPECT_EQ(round_trip("{}"), "Not a DynamoDB event: Records must be a list");
  EXPECT_EQ(round_trip(R"({"Records":{}})"), "Not a DynamoDB event: Records must be a list");
  EXPECT_EQ(round_trip(R"({"Records":)" + std::string(80'000, '[')),
            "Not a DynamoDB event: the payload must be a JSON object");
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

TEST(DynamoDBEvent, IsCheckedAsItIsRead) {
  for (const std::string_view text :
       {R"({"Records":[]})", "\xEF\xBB\xBF{\"Records\":[{}]}", R"({"\u0052ecords":[1]})", R"({"Records":7})", "{}", "7",
        "[]", "", "{", R"({"Records":[}])", R"({"Records":7,"Records":[]})", R"({"Records":[],"Records":null})"}) {
    const auto checked = check_dynamodb_event(text);
    const auto parsed = parse_dynamodb_event(text);
    ASSERT_EQ(checked.has_value(), parsed.has_value()) << text;
    if (checked.has_error()) {
      EXPECT_EQ(checked.error().message, parsed.error().message) << text;
    }
  }
}

}  // namespace
}  // namespace millrace::handler
