// Tables and readers agree: every operation checks the types of its members in the order of its table. Which member of
// a wrong type is the first one is told by its text, as the two of a pair get values that are wrong in different ways.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "server/api/api_fixture.hpp"

namespace millrace::api {
namespace {

using members::Kind;
using members::Member;
using Json = nlohmann::json;

struct Wrong {
  Json given;
  std::string text;
};

/// The texts of first() are none of second()'s, whatever the types.
Wrong first(const Member& member) {
  switch (member.shape->kind) {
    case Kind::kString: return {true, "TRUE_VALUE cannot be converted to String"};
    case Kind::kBlob: return {true, "only base-64-encoded strings are convertible to bytes"};
    case Kind::kInteger: return {"x", "STRING_VALUE cannot be converted to Integer"};
    case Kind::kLong: return {"x", "STRING_VALUE cannot be converted to Long"};
    case Kind::kTimestamp: return {"x", "STRING_VALUE cannot be converted to Date"};
    case Kind::kDouble: return {"x", "STRING_VALUE cannot be converted to Double"};
    case Kind::kBoolean: return {23, "NUMBER_VALUE cannot be converted to Boolean"};
    case Kind::kStructure:
    case Kind::kList:
    case Kind::kMap: return {23, "Unexpected field type"};
  }
  return {};
}

Json second(const Member& member) {
  switch (member.shape->kind) {
    case Kind::kStructure:
    case Kind::kMap: return Json::array();
    default: return Json::object();
  }
}

TEST(MemberOrder, IsThatOfTheTable) {
  ApiFixture api;
  std::size_t pairs = 0;
  for (const Operation* operation : operations()) {
    for (auto early = operation->members.begin(); early != operation->members.end(); ++early) {
      if (early->shape == nullptr) continue;
      const Wrong wrong = first(*early);
      const std::string error = "SerializationException: " + wrong.text;
      EXPECT_EQ(api.call(operation->target, Json{{early->name, wrong.given}}.dump()).error(), error)
          << operation->target << " " << early->name;
      for (auto late = early + 1; late != operation->members.end(); ++late) {
        if (late->shape == nullptr) continue;
        // JSON's own order must not matter.
        const std::string members[] = {Json(early->name).dump() + ":" + wrong.given.dump(),
                                       Json(late->name).dump() + ":" + second(*late).dump()};
        EXPECT_EQ(api.call(operation->target, "{" + members[1] + "," + members[0] + "}").error(), error)
            << operation->target << " " << early->name << " before " << late->name;
        ++pairs;
      }
    }
  }
  EXPECT_GT(pairs, 500U) << "so few that it proves nothing";
}

TEST(MemberOrder, NoMemberStandsTwiceInATable) {
  for (const Operation* operation : operations()) {
    std::set<std::string_view> names;
    for (const Member& member : operation->members) {
      EXPECT_TRUE(names.insert(member.name).second) << operation->target << " " << member.name;
    }
  }
}

TEST(MemberOrder, WhatIsNotLookedAtMayHoldAnything) {
  ApiFixture api;
  for (const Operation* operation : operations()) {
    for (const Member& member : operation->members) {
      if (member.shape != nullptr) continue;
      for (const Json& value : {Json(true), Json(23), Json("x"), Json::array(), Json::object()}) {
        EXPECT_EQ(api.call(operation->target, Json{{member.name, value}}.dump()).error().find("SerializationException"),
                  std::string::npos)
            << operation->target << " " << member.name;
      }
    }
  }
}

}  // namespace
}  // namespace millrace::api
