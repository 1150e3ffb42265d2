#include "server/json/value_error.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/json/attribute_value_json.hpp"

namespace millrace::json {
namespace {

ValueError error_of(const std::string& value) {
  Parser parser;
  std::string document = R"({"value":)" + value + "}";
  auto input = read_attribute_value(parser.parse_object(document)->at_key("value").value_unsafe());
  EXPECT_TRUE(input.has_value() && input->value_error) << value;
  return *input->value_error;
}

const std::string kEnvelope = "1 validation error detected: ";
const std::string kInvalid = "One or more parameter values were invalid: ";

struct Case {
  std::string value;
  std::string classic;
  std::string newer;
};

// API reference 4.1, 4.2; additions of November 2026, rows 2 and 3
const Case kFoundWhileConverting[] = {
    {R"({"N":"x"})", "The parameter cannot be converted to a numeric value: x",
     "The parameter cannot be converted to a numeric value: x"},
    {R"({"N":""})", "The parameter cannot be converted to a numeric value",
     "The parameter cannot be converted to a numeric value: "},
    {R"({"NS":["1",""]})", "The parameter cannot be converted to a numeric value",
     "The parameter cannot be converted to a numeric value: "},
    {R"({"N":"1e126"})", "Number overflow. Attempting to store a number with magnitude larger than supported range",
     "Number overflow. Attempting to store a number with magnitude larger than supported range"},
    {R"({"N":"1e2147483647"})",
     "Number underflow. Attempting to store a number with magnitude smaller than supported range",
     "Number overflow. Attempting to store a number with magnitude larger than supported range"},
    {R"({"SS":["a","a"]})", kInvalid + "Input collection [a, a] contains duplicates.",
     kInvalid + R"(Input collection ["a", "a"] contains duplicates.)"},
    {R"({"SS":["b","a","b"]})", kInvalid + "Input collection [b, a, b] contains duplicates.",
     kInvalid + R"(Input collection ["a", "b", "b"] contains duplicates.)"},
    {R"({"SS":["d","b","b","c","a","d"]})", kInvalid + "Input collection [d, b, b, c, a, d] contains duplicates.",
     kInvalid + R"(Input collection ["b", "d", "b", "c", "a", "d"] contains duplicates.)"},
    {R"({"NS":["1","1.0"]})", "Input collection contains duplicates",
     kInvalid + "Input collection contains duplicates."},
    {R"({"BS":["/w==","AA==","/w=="]})",
     kInvalid + "Input collection [/w==, AA==, /w==]of type BS contains duplicates.",
     kInvalid + R"(Input collection ["AA==","/w==","/w=="]of type BS contains duplicates.)"},
    {R"({"BS":["AA==","/w==","AA=="]})",
     kInvalid + "Input collection [AA==, /w==, AA==]of type BS contains duplicates.",
     kInvalid + R"(Input collection ["AA==","/w==","AA=="]of type BS contains duplicates.)"},
};

TEST(ValueError, NumbersAndRepeatedMembersAreFoundWhileTheNewerLayersConvert) {
  for (const auto& bad : kFoundWhileConverting) {
    const auto error = error_of(bad.value);
    EXPECT_EQ(error.in(Wording::kClassic).message, bad.classic);
    EXPECT_EQ(error.in(Wording::kNewer).message, bad.newer);
    EXPECT_EQ(error.in(Wording::kEnveloped).message, kEnvelope + bad.newer);

    EXPECT_EQ(error.in_expression_values(Wording::kClassic, ":v").message,
              "ExpressionAttributeValues contains invalid value: " + bad.classic + " for key :v");
    EXPECT_EQ(error.in_expression_values(Wording::kNewer, ":v").message, bad.newer);
    EXPECT_EQ(error.in_expression_values(Wording::kEnveloped, ":v").message, kEnvelope + bad.newer);

    EXPECT_EQ(error.in_start_key(Wording::kClassic).message, bad.classic);
    EXPECT_EQ(error.in_start_key(Wording::kNewer).message, bad.newer);
  }
}

// API reference 2.4, 4.2
TEST(ValueError, ContentIsWordedAlikeAndInTheEnvelope) {
  const Case cases[] = {
      {R"({"SS":[]})", kInvalid + "An string set  may not be empty", {}},
      {R"({"NS":[]})", kInvalid + "An number set  may not be empty", {}},
      {R"({"BS":[]})", kInvalid + "Binary sets should not be empty", {}},
  };
  for (const auto& bad : cases) {
    const auto error = error_of(bad.value);
    EXPECT_EQ(error.in(Wording::kClassic).message, bad.classic);
    EXPECT_EQ(error.in(Wording::kNewer).message, bad.classic);
    EXPECT_EQ(error.in(Wording::kEnveloped).message, kEnvelope + bad.classic);
    const std::string wrapped = "ExpressionAttributeValues contains invalid value: " + bad.classic + " for key :v";
    EXPECT_EQ(error.in_expression_values(Wording::kClassic, ":v").message, wrapped);
    EXPECT_EQ(error.in_expression_values(Wording::kNewer, ":v").message, wrapped);
    EXPECT_EQ(error.in_expression_values(Wording::kEnveloped, ":v").message, kEnvelope + wrapped);
  }
}

// API reference 2.4, 4.2, 4.5; dynoxide tests/update_item.rs (recorded in eu-west-2): no placeholder is named
TEST(ValueError, StructureIsInTheEnvelopeAndNamesNoPlaceholderOnTheNewerLayers) {
  std::string deep = R"({"S":"x"})";
  for (int level = 0; level < 32; ++level) deep = R"({"L":[)" + deep + "]}";
  const Case cases[] = {
      {R"({"NULL":false})", kInvalid + "Null attribute value types must have the value of true", {}},
      {deep,
       "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
       "limit",
       {}},
  };
  for (const auto& bad : cases) {
    const auto error = error_of(bad.value);
    EXPECT_EQ(error.in(Wording::kClassic).message, bad.classic);
    EXPECT_EQ(error.in(Wording::kEnveloped).message, kEnvelope + bad.classic);
    EXPECT_EQ(error.in_expression_values(Wording::kClassic, ":v").message,
              "ExpressionAttributeValues contains invalid value: " + bad.classic + " for key :v");
    EXPECT_EQ(error.in_expression_values(Wording::kNewer, ":v").message, bad.classic);
    EXPECT_EQ(error.in_expression_values(Wording::kEnveloped, ":v").message, kEnvelope + bad.classic);
    EXPECT_EQ(error.in_start_key(Wording::kNewer).message, "The provided starting key is invalid: " + bad.classic);
  }
}

// API reference 2.4, 3.4; additions of November 2026, row 10
TEST(ValueError, ShapesAndNamesStandOutsideTheEnvelope) {
  const Case cases[] = {
      {R"({})", "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes", {}},
      {R"({"S":"a","N":"1"})",
       "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes",
       {}},
      {R"({"M":{"":{"S":"x"}}})", kInvalid + "Empty attribute name", {}},
  };
  for (const auto& bad : cases) {
    const auto error = error_of(bad.value);
    EXPECT_EQ(error.in(Wording::kClassic).message, bad.classic);
    EXPECT_EQ(error.in(Wording::kNewer).message, bad.classic);
    EXPECT_EQ(error.in(Wording::kEnveloped).message, bad.classic);
  }
}

// API reference 3.9: duplicate, number-set and numeric texts come without the introduction
TEST(ValueError, AStartKeyIntroducesAllButConversionsAndNumberSets) {
  EXPECT_EQ(error_of(R"({"NS":[]})").in_start_key(Wording::kClassic).message,
            kInvalid + "An number set  may not be empty");
  EXPECT_EQ(error_of(R"({"SS":[]})").in_start_key(Wording::kClassic).message,
            "The provided starting key is invalid: " + kInvalid + "An string set  may not be empty");
  EXPECT_EQ(error_of(R"({})").in_start_key(Wording::kNewer).message,
            "The provided starting key is invalid: Supplied AttributeValue is empty, must contain exactly one of the "
            "supported datatypes");
}

}  // namespace
}  // namespace millrace::json
