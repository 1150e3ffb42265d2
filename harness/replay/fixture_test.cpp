#include "harness/replay/fixture.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <stdexcept>

#include "harness/replay/api_client.hpp"

namespace millrace::replay {
namespace {

const std::filesystem::path kOrders = std::filesystem::path{MILLRACE_SOURCE_DIR} / "fixtures" / "orders";

void collect_types(const nlohmann::json& value, std::set<std::string>& types) {
  static const std::set<std::string> kTypes{"S", "N", "B", "BOOL", "NULL", "SS", "NS", "BS", "L", "M"};
  if (value.is_object()) {
    for (const auto& [name, member] : value.items()) {
      if (value.size() == 1 && kTypes.contains(name)) types.insert(name);
      collect_types(member, types);
    }
  } else if (value.is_array()) {
    for (const auto& member : value) collect_types(member, types);
  }
}

TEST(OrdersFixture, IsARealisticStream) {
  const auto fixture = Fixture::load(kOrders);
  EXPECT_GE(fixture.expected_changes(), 200);
  std::set<std::string> types;
  std::set<std::string> keys;
  std::set<std::string> targets;
  for (const auto& write : fixture.writes) {
    collect_types(write.body, types);
    targets.insert(write.target);
    if (write.target == "PutItem") {
      const auto& item = write.body.at("Item");
      keys.insert(item.at("customerId").dump() + item.at("orderNumber").dump());
    }
  }
  EXPECT_EQ(types.size(), 10U);
  EXPECT_EQ(keys.size(), 41U);
  EXPECT_EQ(targets, (std::set<std::string>{"BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"}));
}

TEST(Fixture, NamesTheFileThatCannotBeRead) {
  EXPECT_THROW(
      {
        try {
          Fixture::load("/nonexistent/fixture");
        } catch (const std::runtime_error& error) {
          EXPECT_STREQ(error.what(), "cannot read /nonexistent/fixture/table.json");
          throw;
        }
      },
      std::runtime_error);
}

TEST(Endpoint, ReadsWhatPeopleType) {
  EXPECT_EQ(Endpoint::parse("http://localhost:8000/").to_string(), "http://localhost:8000");
  EXPECT_EQ(Endpoint::parse("millrace:18000").to_string(), "http://millrace:18000");
  EXPECT_EQ(Endpoint::parse("millrace").to_string(), "http://millrace:8000");
  EXPECT_THROW(Endpoint::parse("https://x"), std::invalid_argument);
  EXPECT_THROW(Endpoint::parse("http://x:abc"), std::invalid_argument);
}

}  // namespace
}  // namespace millrace::replay
