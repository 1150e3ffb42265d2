#include <gtest/gtest.h>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

class BatchWriteItemTest : public ::testing::Test {
 protected:
  BatchWriteItemTest() {
    for (const auto* name : {"One", "Two"}) {
      api.call("CreateTable", std::string{R"({"TableName":")"} + name + R"(","BillingMode":"PAY_PER_REQUEST",
        "AttributeDefinitions":[{"AttributeName":"p","AttributeType":"N"}],
        "KeySchema":[{"AttributeName":"p","KeyType":"HASH"}]})");
    }
  }
  std::size_t count(std::string_view table) {
    return api.call("Scan", std::string{R"({"TableName":")"}.append(table).append(R"(","Select":"COUNT"})"))
        .json()
        .at("Count")
        .get<std::size_t>();
  }
  ApiFixture api;
};

TEST_F(BatchWriteItemTest, WritesOverTablesAndTellsTheCost) {
  EXPECT_EQ(api.call("BatchWriteItem", R"({"RequestItems":{
      "One":[{"PutRequest":{"Item":{"p":{"N":"1"}}}},{"PutRequest":{"Item":{"p":{"N":"2"}}}}],
      "Two":[{"DeleteRequest":{"Key":{"p":{"N":"1"}}}}]},"ReturnConsumedCapacity":"TOTAL"})")
                .body,
            R"({"UnprocessedItems":{},"ConsumedCapacity":[{"TableName":"One","CapacityUnits":2.0},)"
            R"({"TableName":"Two","CapacityUnits":1.0}]})");
  EXPECT_EQ(count("One"), 2U);
}

TEST_F(BatchWriteItemTest, NothingIsWrittenUnlessEverythingIsRight) {
  constexpr std::string_view kGood = R"({"PutRequest":{"Item":{"p":{"N":"1"}}}})";
  const auto with = [&](std::string_view second, std::string_view table) {
    return api
        .call("BatchWriteItem", std::string{R"({"RequestItems":{"One":[)"}
                                    .append(kGood)
                                    .append(R"(],")")
                                    .append(table)
                                    .append(R"(":[)")
                                    .append(second)
                                    .append("]}}"))
        .error();
  };
  EXPECT_EQ(with(R"({"PutRequest":{"Item":{"p":{"N":"1"}}}})", "None"),
            "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(with(R"({"PutRequest":{"Item":{"x":{"N":"1"}}}})", "Two"),
            "ValidationException: The provided key element does not match the schema");
  EXPECT_EQ(with(R"({"PutRequest":{"Item":{"p":{"N":"1"}}}},{"DeleteRequest":{"Key":{"p":{"N":"1.0"}}}})", "Two"),
            "ValidationException: Provided list of item keys contains duplicates");
  EXPECT_EQ(with("{}", "Two"),
            "ValidationException: Supplied AttributeValue has more than one datatypes set, must contain exactly one of "
            "the supported datatypes");
  EXPECT_EQ(count("One"), 0U);
}

}  // namespace
}  // namespace millrace::api
