// A request's members come from where the table says, and are checked in AWS's order.
#include "server/rest/request_members.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace millrace::rest {
namespace {

using Json = nlohmann::json;
using enum MemberType;

constexpr std::array kTable{
    Member{.name = "Id", .type = kString, .presence = Presence::kRequired, .place = Place::kPath},
    Member{.name = "MaxItems", .type = kInteger, .place = Place::kQuery, .bounds = {1, 10}},
    Member{.name = "Kind", .type = kString, .place = Place::kHeader, .header = "X-Kind"},
    Member{.name = "Size", .type = kInteger, .bounds = {1, 5}}};

class RequestMembers : public testing::Test {
 protected:
  Result<Json> read(std::string_view query, std::string_view body) const {
    return read_members({.path = path_,
                         .query = query,
                         .header = [](std::string_view name) { return name == "X-Kind" ? "k" : ""; },
                         .body = body},
                        kTable);
  }
  [[nodiscard]] std::string refusal(std::string_view query, std::string_view body) const {
    const auto members = read(query, body);
    return members.has_error() ? members.error().message : "";
  }

  const std::vector<std::string> path_{"from-the-path"};
};

TEST_F(RequestMembers, ComeFromWhereTheTableSays) {
  EXPECT_EQ(*read("MaxItems=3", R"({"Size":2})"),
            (Json{{"Id", "from-the-path"}, {"MaxItems", 3}, {"Kind", "k"}, {"Size", 2}}));
  EXPECT_EQ(*read("Size=4", "{}"), (Json{{"Id", "from-the-path"}, {"Kind", "k"}}));
}

TEST_F(RequestMembers, ANameOutsideOfTheBodyIsNobodysInside) {
  const auto members = read("", R"({"Id":"other","MaxItems":7,"Kind":"other"})");
  ASSERT_TRUE(members.has_value()) << members.error().message;
  EXPECT_EQ(*members, (Json{{"Id", "from-the-path"}, {"Kind", "k"}}));
}

TEST_F(RequestMembers, TypesOfTheBodyAreToldBeforeAnyViolation) {
  EXPECT_EQ(refusal("MaxItems=11", R"({"Size":"2"})"),
            "Could not parse request body into json: Size must be an integer");
  EXPECT_EQ(
      refusal("MaxItems=x", R"({"Size":6})"),
      "2 validation errors detected: Value 'x' at 'maxItems' failed to satisfy constraint: Member must be an "
      "integer; Value '6' at 'size' failed to satisfy constraint: Member must have value less than or equal to 5");
}

TEST_F(RequestMembers, ATableWithoutABodyLeavesTheBodyAlone) {
  const auto members = read_members({.path = path_, .body = "no JSON"}, std::span{kTable}.first(1));
  ASSERT_TRUE(members.has_value()) << members.error().message;
  EXPECT_EQ(*members, (Json{{"Id", "from-the-path"}}));
}

}  // namespace
}  // namespace millrace::rest
