#include "server/json/attribute_value_json.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::json {
namespace {

Result<ItemInput> read(const std::string& text) {
  Parser parser;
  std::string document = R"({"item":)" + text + "}";
  const auto object = parser.parse_object(document);
  EXPECT_TRUE(object.has_value()) << text;
  return read_item(object->at_key("item").value_unsafe());
}

constexpr const char* kAllTypes =
    R"({"b":{"B":"aGVsbG8="},"bool":{"BOOL":false},"bs":{"BS":["aGk=","eW8="]},"l":{"L":[{"S":"x"},{"N":"1"}]},)"
    R"("m":{"M":{"k":{"NULL":true}}},"n":{"N":"-1.5"},"ns":{"NS":["1","2","10"]},"null":{"NULL":true},)"
    R"("s":{"S":"gr\u00fc\"n"},"ss":{"SS":["a","b"]}})";

TEST(ItemJson, RoundTripsAllTenTypes) {
  const auto input = read(kAllTypes);
  ASSERT_TRUE(input.has_value());
  EXPECT_FALSE(input->value_error.has_value());
  const std::string written = to_json(input->item);
  Parser parser;
  EXPECT_EQ(read_stored_item(parser, written), input->item);
  EXPECT_EQ(to_json(read_stored_item(parser, written)), written);
}

TEST(ItemJson, EqualItemsHaveEqualText) {
  const auto left = read(R"({"a":{"NS":["1.0","2"]},"b":{"M":{"x":{"N":"1e2"},"y":{"S":""}}}})");
  const auto right = read(R"({"b":{"M":{"y":{"S":""},"x":{"N":"100"}}},"a":{"NS":["2.00","1"]}})");
  EXPECT_EQ(to_json(left->item), to_json(right->item));
  EXPECT_EQ(left->item, right->item);
}

TEST(ItemJson, TakesMembersInAnyOrderAndTheLastOfEqualNames) {
  const auto input = read(R"({"b":{"S":"1"},"a":{"M":{"y":{"S":"2"},"x":{"S":"3"},"y":{"S":"4"}}},"b":{"S":"5"}})");
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(to_json(input->item), R"({"a":{"M":{"x":{"S":"3"},"y":{"S":"4"}}},"b":{"S":"5"}})");
}

/// `{"500000":{"NULL":true}, …}`, names in falling order.
std::string many_members(int count) {
  std::string text{"{"};
  for (int n = 500'000; n > 500'000 - count; --n) {
    text.append(text.size() > 1 ? "," : "").append("\"").append(std::to_string(n)).append(R"(":{"NULL":true})");
  }
  return text.append("}");
}

TEST(ItemJson, KeepsNoMoreOfALargeItemThanShowsItsSize) {
  constexpr std::size_t kMaxBytes = 10'000;
  Parser parser;
  const auto read_up_to = [&](const std::string& text) {
    std::string document = R"({"item":)" + text + "}";
    return read_item(parser.parse_object(document)->at_key("item").value_unsafe(), kMaxBytes);
  };
  const auto small = read_up_to(many_members(1'000));
  EXPECT_EQ(small->item.size(), 1'000U);
  for (const auto& text : {many_members(5'000), R"({"m":{"M":)" + many_members(5'000) + "}}"}) {
    const auto large = read_up_to(text);
    ASSERT_TRUE(large.has_value());
    EXPECT_GT(model::size_of(large->item), kMaxBytes);
    EXPECT_LT(to_json(large->item).size(), text.size() / 2);
  }
  // What comes behind is still looked at.
  std::string wrong = many_members(5'000);
  wrong.insert(wrong.size() - 1, R"(,"z":{"N":"x"})");
  EXPECT_TRUE(read_up_to(wrong)->value_error.has_value());
  wrong.insert(wrong.size() - 1, R"(,"z":7)");
  EXPECT_TRUE(read_up_to(wrong).has_error());
  // One name again and again is one attribute.
  std::string repeated{"{"};
  for (int n = 0; n < 5'000; ++n) repeated.append(R"("name":{"S":")").append(std::to_string(n)).append("\"},");
  repeated.append(R"("a":{"S":""}})");
  EXPECT_EQ(to_json(read_up_to(repeated)->item), R"({"a":{"S":""},"name":{"S":"4999"}})");
}

TEST(ItemJson, NotesTheFirstInvalidValueAndReadsOn) {
  const auto input = read(R"({"a":{"L":[{"N":"x"}]},"b":{"SS":["a","a"]},"c":{"S":"read"}})");
  ASSERT_TRUE(input->value_error.has_value());
  EXPECT_EQ(input->check(Wording::kNewer).error().message, "The parameter cannot be converted to a numeric value: x");
  EXPECT_EQ(*input->item.find("c")->as_string(), "read");
}

TEST(ItemJson, ANumberErrorComesBeforeTheCountOfTypes) {
  EXPECT_EQ(read(R"({"a":{"S":"a","N":"x"}})")->check(Wording::kNewer).error().message,
            "The parameter cannot be converted to a numeric value: x");
}

// Additions of November 2026, row 10
TEST(ItemJson, ChecksTheNamesOfAttributesAtEveryDepth) {
  const auto reason = [](const std::string& text) {
    const auto input = read(text);
    return input->value_error ? input->value_error->newer : std::string{"none"};
  };
  const std::string empty = "One or more parameter values were invalid: Empty attribute name";
  const std::string too_large = "Attribute name is too large, must be less than 65536 bytes";
  EXPECT_EQ(reason(R"({"":{"S":"x"}})"), empty);
  EXPECT_EQ(reason(R"({"a":{"M":{"":{"S":"x"}}}})"), empty);
  EXPECT_EQ(reason(R"({"a":{"L":[{"M":{"":{"S":"x"}}}]}})"), empty);
  EXPECT_EQ(reason(R"({"":null,"a":{"S":"x"}})"), "none");
  EXPECT_EQ(reason(R"({")" + std::string(65'536, 'n') + R"(":{"S":"x"}})"), too_large);
  EXPECT_EQ(reason(R"({"a":{"M":{")" + std::string(65'536, 'n') + R"(":{"S":"x"}}}})"), too_large);
  EXPECT_EQ(reason(R"({"a":{"M":{")" + std::string(65'535, 'n') + R"(":{"S":"x"}}}})"), "none");
}

TEST(ItemJson, ReadsStoredItemsWhateverTheirNames) {
  Parser parser;
  EXPECT_EQ(to_json(read_stored_item(parser, R"({"a":{"M":{"":{"S":"x"}}}})")), R"({"a":{"M":{"":{"S":"x"}}}})");
}

TEST(ItemJson, ExpressionValuesTellWhichPlaceholderIsInvalid) {
  Parser parser;
  std::string document =
      R"({"v":{":b":{"S":"x"},"":{"S":"no attribute's name"},":a":{"L":[{"N":"x"}]},":c":{"N":"y"}}})";
  const auto input = read_expression_values(parser.parse_object(document)->at_key("v").value_unsafe());
  ASSERT_TRUE(input.has_value());
  EXPECT_EQ(input->values.size(), 4U);
  ASSERT_TRUE(input->value_error.has_value());
  EXPECT_EQ(input->invalid_placeholder, ":a");
}

struct ShapeErrorCase {
  const char* value;
  const char* message;
};

// API reference 1.6
const ShapeErrorCase kShapeErrors[] = {
    {R"({"S":1})", "NUMBER_VALUE cannot be converted to String"},
    {R"({"S":1.5})", "DECIMAL_VALUE cannot be converted to String"},
    {R"({"S":true})", "TRUE_VALUE cannot be converted to String"},
    {R"({"S":[]})", "Unrecognized collection type class java.lang.String"},
    {R"({"S":{}})", "Start of structure or map found where not expected"},
    {R"({"N":1})", "NUMBER_VALUE cannot be converted to String"},
    {R"({"B":1})", "only base-64-encoded strings are convertible to bytes"},
    {R"({"B":"abc"})", "Base64 encoded length is expected a multiple of 4 bytes but found: 3"},
    {R"({"B":"a==="})", "Invalid last non-pad Base64 character dectected"},
    {R"({"BOOL":"maybe"})", "Unexpected token received from parser"},
    {R"({"BOOL":2})", "NUMBER_VALUE cannot be converted to Boolean"},
    {R"({"L":"x"})", "Unexpected field type"},
    {R"({"M":[]})",
     "Unrecognized collection type java.util.Map<java.lang.String, "
     "com.amazonaws.dynamodb.v20120810.AttributeValue>"},
    {R"({"L":[1]})", "Unexpected value type in payload"},
    {R"("x")", "Unexpected value type in payload"},
    {R"([])", "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.AttributeValue"},
};

TEST(ItemJson, RefusesWrongShapes) {
  for (const auto& bad : kShapeErrors) {
    const auto input = read(std::string{R"({"ok":{"N":"bad number"},"a":)"} + bad.value + "}");
    ASSERT_TRUE(input.has_error()) << bad.value;
    EXPECT_EQ(input.error().kind, ErrorKind::kSerialization);
    EXPECT_EQ(input.error().message, bad.message) << bad.value;
  }
}

std::string nested(int levels) {
  std::string text = R"({"S":"x"})";
  for (int n = 0; n < levels; ++n) text = R"({"L":[)" + text + "]}";
  return R"({"a":)" + text + "}";
}

TEST(ItemJson, NestsThirtyTwoLevels) {
  EXPECT_FALSE(read(nested(31))->value_error.has_value());
  EXPECT_EQ(read(nested(32))->check(Wording::kNewer).error().message,
            "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
            "limit");
}

TEST(ItemJson, DocumentsNestedTooDeeplyAreNotParsed) {
  Parser parser;
  std::string text = nested(10'000);
  EXPECT_FALSE(parser.parse_object(text).has_value());
  std::string arrays = "{\"a\":" + std::string(10'000, '[') + std::string(10'000, ']') + "}";
  EXPECT_FALSE(parser.parse_object(arrays).has_value());
  std::string fine = nested(10);
  EXPECT_TRUE(parser.parse_object(fine).has_value());
}

}  // namespace
}  // namespace millrace::json
