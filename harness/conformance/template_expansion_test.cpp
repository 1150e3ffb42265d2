#include "harness/conformance/template_expansion.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::conformance {
namespace {

class TemplateExpansion : public testing::Test {
 protected:
  Json expanded(const char* text) { return expand(Json::parse(text), bindings_); }
  Bindings bindings_{.table_prefix = "run-", .variables = {{"arn", "arn:x"}, {"key", Json{{"pk", 1}}}}, .tables = {}};
};

TEST_F(TemplateExpansion, NamesTablesAndRemembersThem) {
  EXPECT_EQ(expanded(R"({"${music}":["at ${music} and ${songs}"]})"),
            Json::parse(R"({"run-music":["at run-music and run-songs"]})"));
  EXPECT_EQ(bindings_.tables, (std::set<std::string>{"run-music", "run-songs"}));
}

TEST_F(TemplateExpansion, PutsInCapturedValues) {
  EXPECT_EQ(expanded(R"(["<${var.arn}>",{"$ref":"key"}])"), Json::parse(R"(["<arn:x>",{"pk":1}])"));
  EXPECT_THROW(expanded(R"("${var.unknown}")"), std::runtime_error);
}

TEST_F(TemplateExpansion, WritesOutLongValues) {
  EXPECT_EQ(expanded(R"({"$repeat":"ab","times":3})"), "ababab");
  EXPECT_EQ(expanded(R"({"$concat":["a",{"$repeat":"b","times":2},"c"]})"), "abbc");
  EXPECT_EQ(expanded(R"({"$hex":"ff41"})").get<std::string>(),
            "\xff"
            "A");
  EXPECT_EQ(expanded(R"({"$list":{"k":"n${i}"},"count":2})"), Json::parse(R"([{"k":"n1"},{"k":"n2"}])"));
  EXPECT_EQ(expanded(R"({"$entries":[["a",{"S":"${music}"}],[{"$repeat":"b","times":2},1]]})"),
            Json::parse(R"({"a":{"S":"run-music"},"bb":1})"));
  EXPECT_EQ(expanded(R"({"$nest":{"L":["$inner"]},"levels":2,"inner":{"S":"x"}})"),
            Json::parse(R"({"L":[{"L":[{"S":"x"}]}]})"));
}

TEST_F(TemplateExpansion, LeavesMatchersInPlace) {
  EXPECT_EQ(expanded(R"({"$matches":"arn:.*${music}"})"), Json::parse(R"({"$matches":"arn:.*run-music"})"));
}

}  // namespace
}  // namespace millrace::conformance
