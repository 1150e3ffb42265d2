#include "server/streams/delivery_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/streams/retention.hpp"
#include "server/streams/streams_fixture.hpp"

namespace millrace::streams {
namespace {

using nlohmann::json;

constexpr std::string_view kChanges = "arn:aws:kinesis:eu-west-1:000000000000:stream/changes";

class DeliveryLogTest : public StreamsFixture {
 protected:
  const StreamDescriptor& create_log(const std::string& table, std::string_view destination = kChanges,
                                     model::TimePrecision precision = model::TimePrecision::kMillisecond) {
    model::TableDefinition definition;
    definition.name = table;
    definition.id = "id-of-" + table;
    definition.arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/" + table;
    definition.key_schema.hash.push_back({"id", model::AttributeType::kS});
    return *in_transaction([&] {
      return create_delivery_log(catalog_, definition, {destination, precision}, time_.now()).value();
    });
  }
  DeliveryPage read(DeliveryQuery query) { return read_deliveries(gate_.storage(), catalog_, query).value(); }
  /// `table/id` of each record of a page.
  static std::vector<std::string> told(const DeliveryPage& page) {
    std::vector<std::string> records;
    for (const auto& record : json::parse(page.to_json())) {
      const auto& data = record.at("data");
      records.push_back(data.at("tableName").get<std::string>() + "/" +
                        data.at("dynamodb").at("Keys").at("id").at("S").get<std::string>());
    }
    return records;
  }
};

TEST_F(DeliveryLogTest, IsNoStreamToThoseWhoListThem) {
  const auto& log = create_log("Orders");
  const auto known = delivery_log_of(log);
  ASSERT_TRUE(known.has_value());
  EXPECT_EQ(known->destination_arn, kChanges);
  EXPECT_EQ(log.region, "eu-west-1");
  const auto page = catalog_.list({"eu-west-1", "000000000000"}, "", "", 10);
  EXPECT_TRUE(page.streams.empty());
  EXPECT_FALSE(delivery_log_of(create_stream()).has_value());
}

TEST_F(DeliveryLogTest, RecordsAreAsKinesisGetsThem) {
  insert(create_log("Orders", kChanges, model::TimePrecision::kMicrosecond), "a");
  const auto records = json::parse(read({.destination = kChanges}).to_json());
  ASSERT_EQ(records.size(), 1U);
  auto data = records[0].at("data");
  EXPECT_THAT(data.at("eventID").get<std::string>(),
              testing::MatchesRegex("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"));
  data.erase("eventID");
  data.at("dynamodb").erase("SizeBytes");
  const auto created = std::chrono::floor<std::chrono::microseconds>(time_.now().time_since_epoch()).count();
  EXPECT_EQ(data, (json{{"awsRegion", "eu-west-1"},
                        {"eventName", "INSERT"},
                        {"userIdentity", nullptr},
                        {"recordFormat", "application/json"},
                        {"tableName", "Orders"},
                        {"dynamodb",
                         {{"ApproximateCreationDateTime", created},
                          {"Keys", {{"id", {{"S", "a"}}}}},
                          {"NewImage", {{"id", {{"S", "a"}}}}},
                          {"ApproximateCreationDateTimePrecision", "MICROSECOND"}}},
                        {"eventSource", "aws:dynamodb"}}));
}

TEST_F(DeliveryLogTest, APageHasTheEarliestOfAllTables) {
  const auto& orders = create_log("Orders");
  const auto& people = create_log("People");
  insert(create_log("Other", "arn:aws:kinesis:eu-west-1:000000000000:stream/others"), "x");
  for (int pair = 0; pair < 3; ++pair) {
    insert(orders, std::to_string(2 * pair));
    insert(people, std::to_string(2 * pair + 1));
  }
  const auto first = read({.destination = "changes", .limit = 3});
  EXPECT_THAT(told(first), testing::ElementsAre("Orders/0", "People/1", "Orders/2"));
  EXPECT_TRUE(first.more);
  const auto second = read({.destination = kChanges, .after = first.last, .limit = 3});
  EXPECT_THAT(told(second), testing::ElementsAre("People/3", "Orders/4", "People/5"));
  EXPECT_FALSE(second.more);
  const auto third = read({.destination = "changes", .after = second.last});
  EXPECT_EQ(third.to_json(), "[]");
  EXPECT_EQ(third.last, second.last);
}

TEST_F(DeliveryLogTest, NoLargeRecordIsPassedOver) {
  const auto& orders = create_log("Orders");
  const auto& people = create_log("People");
  constexpr std::size_t kLarge = 400'000;
  for (int pair = 0; pair < 6; ++pair) {
    insert(orders, "large" + std::to_string(pair), kLarge);
    insert(people, "small" + std::to_string(pair));
  }
  std::size_t count = 0;
  DeliveryPage page;
  page.more = true;
  for (int pages = 0; page.more && pages < 12; ++pages) {
    const Sequence before = page.last;
    page = read({.destination = "changes", .after = before});
    EXPECT_GT(page.last, before);
    count += page.records.size();
  }
  EXPECT_EQ(count, 12U);
}

TEST_F(DeliveryLogTest, IsGoneADayAfterItWasClosed) {
  const auto& log = create_log("Orders");
  insert(log, "a");
  in_transaction([&] { return catalog_.disable(log, StreamStatus::kDisabled, time_.now()).has_value(); });
  EXPECT_THAT(told(read({.destination = "changes"})), testing::ElementsAre("Orders/a"));
  time_.advance(kRetention + std::chrono::hours{1});
  in_transaction([&] { return trim_expired(gate_.storage(), catalog_, time_.now()).has_value(); });
  EXPECT_EQ(catalog_.next(""), nullptr);
}

}  // namespace
}  // namespace millrace::streams
