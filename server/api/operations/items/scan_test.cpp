#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

class ScanTest : public ::testing::Test {
 protected:
  static constexpr int kItems = 60;

  ScanTest() {
    api.call("CreateTable", R"({"TableName":"Many","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"N"},{"AttributeName":"g","AttributeType":"N"}],
      "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}],
      "GlobalSecondaryIndexes":[{"IndexName":"ByG","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],
        "Projection":{"ProjectionType":"KEYS_ONLY"}}]})");
    for (int n = 0; n < kItems; ++n) {
      Json item{{"p", {{"N", std::to_string(n)}}}};
      if (n % 2 == 0) item["g"] = {{"N", std::to_string(n % 3)}};
      api.call("PutItem", Json{{"TableName", "Many"}, {"Item", item}}.dump());
    }
  }

  /// Adds what every page shows; fails when something comes twice.
  void collect(Json request, std::set<std::string>& seen) {
    request["TableName"] = "Many";
    for (int page = 0; page <= kItems; ++page) {
      const auto answer = api.call("Scan", request.dump());
      ASSERT_EQ(answer.error(), "");
      const auto tree = answer.json();
      for (const auto& item : tree.at("Items")) {
        EXPECT_TRUE(seen.insert(item.at("p").at("N").get<std::string>()).second) << item;
      }
      if (!tree.contains("LastEvaluatedKey")) return;
      request["ExclusiveStartKey"] = tree.at("LastEvaluatedKey");
    }
    FAIL() << "the pages do not end";
  }

  ApiFixture api;
};

TEST_F(ScanTest, PagesShowEveryItemOnce) {
  for (const int limit : {1, 7, kItems, 1000}) {
    std::set<std::string> seen;
    collect({{"Limit", limit}}, seen);
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kItems)) << limit;
  }
}

TEST_F(ScanTest, SegmentsShareTheTableOut) {
  for (const int total : {2, 3, 16}) {
    std::set<std::string> seen;
    for (int segment = 0; segment < total; ++segment) {
      collect({{"Limit", 4}, {"Segment", segment}, {"TotalSegments", total}}, seen);
    }
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kItems)) << total;
  }
}

TEST_F(ScanTest, AStartKeyBelongsToItsSegment) {
  const Json first{{"TableName", "Many"}, {"Segment", 0}, {"TotalSegments", 2}, {"Limit", 1}};
  auto other = first;
  other["Segment"] = 1;
  other["ExclusiveStartKey"] = api.call("Scan", first.dump()).json().at("LastEvaluatedKey");
  EXPECT_EQ(api.call("Scan", other.dump()).error(),
            "ValidationException: The provided starting key is invalid: Invalid ExclusiveStartKey. Please use "
            "ExclusiveStartKey with correct Segment. TotalSegments: 2 Segment: 1");
}

TEST_F(ScanTest, AnIndexShowsItsMembersOnly) {
  std::set<std::string> seen;
  collect({{"IndexName", "ByG"}, {"Limit", 3}}, seen);
  EXPECT_EQ(seen.size(), static_cast<std::size_t>(kItems / 2));
}

}  // namespace
}  // namespace millrace::api
