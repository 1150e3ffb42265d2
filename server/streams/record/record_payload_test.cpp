#include "server/streams/record/record_payload.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/base/random.hpp"

namespace millrace::streams {
namespace {

constexpr TimePoint kCreated{Duration{1'733'006'400'987'654}};

RecordContent modify(std::string_view old_image, std::string_view new_image) {
  RecordContent content;
  content.event_id_high = 0xc4ca4238a0b92382U;
  content.event_id_low = 0x0dcc509a6f75849bU;
  content.event = EventName::kModify;
  content.region = "eu-west-1";
  content.created = kCreated;
  content.keys_json = R"({"id":{"S":"a"}})";
  content.new_image_json = new_image;
  content.old_image_json = old_image;
  content.sequence = 7;
  content.size_bytes = 300;
  content.view = model::StreamViewType::kNewAndOldImages;
  return content;
}

std::string payload_of(const RecordContent& content) {
  std::string payload;
  append_payload(payload, content);
  return payload;
}

std::string old_image_of(const StoredRecord& record) {
  std::string text;
  for (const std::string_view part : record.old_image) text += part;
  return text;
}

TEST(RecordPayload, GivesBackEverything) {
  const RecordContent content = modify(R"({"id":{"S":"a"},"n":{"N":"1"}})", R"({"id":{"S":"a"},"n":{"N":"2"}})");
  const std::string payload = payload_of(content);
  const StoredRecord stored = read_payload({7, kCreated, payload}).value();
  EXPECT_EQ(stored.content.event_id_high, content.event_id_high);
  EXPECT_EQ(stored.content.event_id_low, content.event_id_low);
  EXPECT_EQ(stored.content.event, EventName::kModify);
  EXPECT_EQ(stored.content.cause, ChangeCause::kRequest);
  EXPECT_EQ(stored.content.region, "eu-west-1");
  EXPECT_EQ(stored.content.created, kCreated);
  EXPECT_EQ(stored.content.sequence, 7U);
  EXPECT_EQ(stored.content.keys_json, content.keys_json);
  EXPECT_EQ(stored.content.new_image_json, content.new_image_json);
  EXPECT_EQ(old_image_of(stored), content.old_image_json);
  EXPECT_EQ(stored.content.size_bytes, 300U);
  EXPECT_EQ(stored.content.view, model::StreamViewType::kNewAndOldImages);
}

TEST(RecordPayload, TheBytesAreAsDocumented) {
  RecordContent content = modify("{x1y}", "{x2y}");
  content.keys_json = "{}";
  const std::string expected = std::string("\x06\x01\x02", 3) + "\xc4\xca\x42\x38\xa0\xb9\x23\x82" +
                               "\x0d\xcc\x50\x9a\x6f\x75\x84\x9b" + "\x09" + "eu-west-1" + "\xac\x02" + "\x02{}" +
                               "\x05{x2y}" + "\x02\x02\x01" + "1";
  EXPECT_EQ(payload_of(content), expected);
}

TEST(RecordPayload, OfTheOldImageOnlyTheDifferenceIsKept) {
  const std::string same(5000, 'a');
  const std::string payload = payload_of(modify("{" + same + "1" + same + "}", "{" + same + "2" + same + "}"));
  EXPECT_LT(payload.size(), 10'100U);
}

TEST(RecordPayload, AnyTwoImagesComeBack) {
  Random random{1};
  for (int round = 0; round < 20'000; ++round) {
    // Two letters only, so that ends are often the same, overlap and repeat.
    const auto image = [&] {
      std::string text{"{"};
      for (auto length = random.below(30); length > 0; --length) text.push_back(random.below(6) == 0 ? 'b' : 'a');
      return text + "}";
    };
    const std::string old_image = image();
    const std::string new_image = image();
    const std::string payload = payload_of(modify(old_image, new_image));
    const auto stored = read_payload({1, kCreated, payload});
    ASSERT_TRUE(stored.has_value());
    ASSERT_EQ(old_image_of(*stored), old_image) << new_image;
    ASSERT_EQ(stored->content.new_image_json, new_image);
  }
}

TEST(RecordPayload, AnImageThatIsNotThereIsNotThere) {
  RecordContent content = modify("{old}", "");
  content.cause = ChangeCause::kTimeToLive;
  content.event = EventName::kRemove;
  std::string payload = payload_of(content);
  StoredRecord stored = read_payload({1, kCreated, payload}).value();
  EXPECT_EQ(stored.content.new_image_json, "");
  EXPECT_EQ(old_image_of(stored), "{old}");
  EXPECT_EQ(stored.content.cause, ChangeCause::kTimeToLive);
  payload = payload_of(modify("", "{new}"));
  stored = read_payload({1, kCreated, payload}).value();
  EXPECT_EQ(stored.content.new_image_json, "{new}");
  EXPECT_EQ(old_image_of(stored), "");
}

TEST(RecordPayload, DamageIsAnErrorAndNothingWorse) {
  const std::string payload = payload_of(modify("{x1y}", "{x2y}"));
  for (std::size_t length = 0; length < payload.size(); ++length) {
    const auto cut = read_payload({1, kCreated, std::string_view{payload}.substr(0, length)});
    ASSERT_TRUE(cut.has_error()) << length;
    EXPECT_EQ(cut.error().kind, StorageErrorKind::kCorrupt);
  }
  EXPECT_TRUE(read_payload({1, kCreated, payload + "x"}).has_error());
  Random random{2};
  for (int round = 0; round < 20'000; ++round) {
    std::string damaged = payload;
    damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
    const auto stored = read_payload({1, kCreated, damaged});
    if (stored.has_value()) {
      EXPECT_LE(old_image_of(*stored).size(), 2 * payload.size());
    }
  }
}

}  // namespace
}  // namespace millrace::streams
