#include "server/streams/record/stream_record.hpp"

#include <gtest/gtest.h>

#include <limits>

#include <nlohmann/json.hpp>

namespace millrace::streams {
namespace {

constexpr std::string_view kStreamArn = "arn:aws:dynamodb:eu-west-1:000000000000:table/T/stream/L";

RecordContent modify() {
  RecordContent content;
  content.event_id_high = 0xc4ca4238a0b92382U;
  content.event_id_low = 0x0dcc509a6f75849bU;
  content.event = EventName::kModify;
  content.region = "eu-west-1";
  content.created = TimePoint{Duration{1'733'006'400'987'654}};
  content.keys_json = R"({"id":{"S":"a"}})";
  content.new_image_json = R"({"id":{"S":"a"},"n":{"N":"2"}})";
  content.old_image_json = R"({"id":{"S":"a"},"n":{"N":"1"}})";
  content.sequence = 7;
  content.size_bytes = 15;
  content.view = model::StreamViewType::kNewAndOldImages;
  return content;
}

/// Written and read back, as it goes through storage.
class KeptRecord {
 public:
  explicit KeptRecord(const RecordContent& content) : sequence_{content.sequence}, created_{content.created} {
    append_payload(payload_, content);
  }
  [[nodiscard]] StoredRecord stored() const { return read_payload({sequence_, created_, payload_}).value(); }
  [[nodiscard]] std::string page_text() const {
    std::string text;
    append_get_records_json(text, stored());
    return text;
  }
  [[nodiscard]] std::string event_text() const {
    std::string text;
    append_lambda_event_json(text, stored(), kStreamArn);
    return text;
  }

 private:
  Sequence sequence_;
  TimePoint created_;
  std::string payload_;
};

TEST(StreamRecord, GetRecordsShape) {
  EXPECT_EQ(KeptRecord{modify()}.page_text(),
            R"({"eventID":"c4ca4238a0b923820dcc509a6f75849b","eventName":"MODIFY","eventVersion":"1.1",)"
            R"("eventSource":"aws:dynamodb","awsRegion":"eu-west-1","dynamodb":{)"
            R"("ApproximateCreationDateTime":1733006400.0,"Keys":{"id":{"S":"a"}},)"
            R"("NewImage":{"id":{"S":"a"},"n":{"N":"2"}},"OldImage":{"id":{"S":"a"},"n":{"N":"1"}},)"
            R"("SequenceNumber":"100000000000000000007","SizeBytes":15,"StreamViewType":"NEW_AND_OLD_IMAGES"}})");
}

TEST(StreamRecord, TheEventAddsOnlyTheStream) {
  const KeptRecord record{modify()};
  auto event = nlohmann::json::parse(record.event_text());
  EXPECT_EQ(event.at("eventSourceARN"), kStreamArn);
  event.erase("eventSourceARN");
  EXPECT_EQ(event, nlohmann::json::parse(record.page_text()));
}

TEST(StreamRecord, ADeletionByTimeToLiveNamesTheServiceInTwoSpellings) {
  RecordContent content = modify();
  content.event = EventName::kRemove;
  content.cause = ChangeCause::kTimeToLive;
  content.new_image_json = {};
  const KeptRecord record{content};
  EXPECT_EQ(nlohmann::json::parse(record.page_text()).at("userIdentity"),
            (nlohmann::json{{"PrincipalId", "dynamodb.amazonaws.com"}, {"Type", "Service"}}));
  EXPECT_EQ(nlohmann::json::parse(record.event_text()).at("userIdentity"),
            (nlohmann::json{{"principalId", "dynamodb.amazonaws.com"}, {"type", "Service"}}));
}

TEST(StreamRecord, AbsentImagesAreLeftOut) {
  RecordContent content = modify();
  content.new_image_json = {};
  content.old_image_json = {};
  const auto record = nlohmann::json::parse(KeptRecord{content}.page_text());
  EXPECT_FALSE(record.at("dynamodb").contains("NewImage"));
  EXPECT_FALSE(record.at("dynamodb").contains("OldImage"));
  EXPECT_FALSE(record.contains("userIdentity"));
}

TEST(StreamRecord, TheLengthIsKnownBeforehand) {
  RecordContent content = modify();
  content.cause = ChangeCause::kTimeToLive;
  content.sequence = std::numeric_limits<Sequence>::max();
  content.size_bytes = 9'999'999;
  const KeptRecord record{content};
  EXPECT_LE(record.page_text().size(), json_bytes(record.stored()));
  EXPECT_LE(json_bytes(record.stored()), record.page_text().size() + 64);
}

}  // namespace
}  // namespace millrace::streams
