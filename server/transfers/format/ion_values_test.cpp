// Ion text: each type of value, what AWS's documentation shows, and that what is written is read as the same item.
#include "server/transfers/format/ion_values.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/json/attribute_value_json.hpp"

namespace millrace::transfers {
namespace {

std::string json_of(std::string_view ion) {
  auto json = ion_record_to_json(ion);
  return json.has_error() ? "refused: " + json.error().reason : *json;
}
/// Of the value of an attribute `a`.
std::string value_of(const std::string& ion) {
  const std::string json = json_of("{Item:{a:" + ion + "}}");
  const std::string before = R"({"Item":{"a":)";
  if (!json.starts_with(before)) return json;
  return json.substr(before.size(), json.size() - before.size() - 2);
}

TEST(IonReader, ReadsWhatTheDocumentationShows) {
  EXPECT_EQ(json_of(R"($ion_1_0 {Item:{Authors:$dynamodb_SS::["Author1","Author2"],Dimensions:"8.5 x 11.0 x 1.5",)"
                    R"(Id:103.,InPublication:false,PageCount:6d2,Price:2d3}})"),
            R"({"Item":{"Authors":{"SS":["Author1","Author2"]},"Dimensions":{"S":"8.5 x 11.0 x 1.5"},)"
            R"("Id":{"N":"103"},"InPublication":{"BOOL":false},"PageCount":{"N":"6e2"},"Price":{"N":"2e3"}}})");
}

TEST(IonReader, ReadsEachType) {
  EXPECT_EQ(value_of("'quoted symbol'"), R"({"S":"quoted symbol"})");
  EXPECT_EQ(value_of("symbol"), R"({"S":"symbol"})");
  EXPECT_EQ(value_of(R"("\x41\u00e9\U0001F600\ud83d\ude00\n\"")"),
            "{\"S\":\"A\xC3\xA9\xF0\x9F\x98\x80\xF0\x9F\x98\x80\\n\\\"\"}");
  EXPECT_EQ(value_of("'''one ''' /* and */ '''two'''"), R"({"S":"one two"})");
  EXPECT_EQ(value_of("-1_000.50d-3"), R"({"N":"-1000.50e-3"})");
  EXPECT_EQ(value_of("1e3"), R"({"N":"1e3"})");
  EXPECT_EQ(value_of("0x1F"), R"({"N":"31"})");
  EXPECT_EQ(value_of("-0b101"), R"({"N":"-5"})");
  EXPECT_EQ(value_of("null.string"), R"({"NULL":true})");
  EXPECT_EQ(value_of("true"), R"({"BOOL":true})");
  EXPECT_EQ(value_of("{{ aGk= }}"), R"({"B":"aGk="})");
  EXPECT_EQ(value_of("$dynamodb_BS::[{{aGk=}}]"), R"({"BS":["aGk="]})");
  EXPECT_EQ(value_of("$dynamodb_NS::[1., 2d0,]"), R"({"NS":["1","2e0"]})");
  EXPECT_EQ(value_of("[1, {b: other::null, 'c d': []}] // said\n"),
            R"({"L":[{"N":"1"},{"M":{"b":{"NULL":true},"c d":{"L":[]}}}]})");
}

TEST(IonReader, SaysWhatItCannotRead) {
  EXPECT_EQ(value_of("2020-01-01T00:00Z"), "refused: DynamoDB has no timestamps, nan or inf");
  EXPECT_EQ(value_of("nan"), "refused: DynamoDB has no number nan");
  EXPECT_EQ(value_of("(a b)"), "refused: DynamoDB has no s-expressions");
  EXPECT_EQ(value_of("{{\"clob\"}}"), "refused: DynamoDB has no clobs");
  EXPECT_EQ(value_of("$dynamodb_SS::[1]"), "refused: a set has a member of another type");
  EXPECT_EQ(value_of("$dynamodb_SS::\"a\""), "refused: a set is no list");
  EXPECT_EQ(value_of("\"\\q\""), "refused: a string has an escape that Ion has not");
  EXPECT_EQ(value_of("\"\\ud83d\""), "refused: a string has an escape that is no character");
  EXPECT_EQ(value_of(std::string(5000, '[')), "refused: it nests more than 40 levels");
  EXPECT_EQ(json_of("{Items:{}}"), "refused: it has no member Item");
  EXPECT_EQ(json_of("5"), "refused: a record is no struct");
  EXPECT_EQ(json_of("{Item:[]}"), "refused: its member Item is no struct");
  EXPECT_EQ(json_of("{Item:{a:1}} more"), "refused: something follows the struct of a record");
  EXPECT_EQ(json_of("{Item:{a"), "refused: a colon is missing in a struct");
  EXPECT_EQ(json_of("{Item:{a:"), "refused: it ends within a value");
  EXPECT_EQ(json_of("$ion_1_0 // nothing"), "");
}

TEST(IonReader, ReadsTheConditionBesideTheItem) {
  EXPECT_EQ(json_of(R"({Item:{a:1},ConditionExpression:"#a < :v",ExpressionAttributeNames:{'#a':"a"},)"
                    R"(ExpressionAttributeValues:{':v':1}})"),
            R"({"Item":{"a":{"N":"1"}},"ConditionExpression":"#a < :v","ExpressionAttributeNames":{"#a":"a"},)"
            R"("ExpressionAttributeValues":{":v":{"N":"1"}}})");
}

TEST(IonWriter, WhatIsWrittenIsReadAsTheSameItem) {
  const std::string text =
      R"({"a":{"S":"quote \" back \\ line \n \u0001 é"},"$x":{"N":"-12.5"},"true":{"B":"aGk="},"it's":{"BOOL":true},)"
      R"("n":{"NULL":true},"ss":{"SS":["a","b"]},"ns":{"NS":["1","20"]},"bs":{"BS":["aA==","aGk="]},)"
      R"("l":{"L":[{"S":""},{"L":[]}]},"m":{"M":{"deep er":{"M":{}}}},"big":{"N":"1000000000000000000000"}})";
  json::Parser parser;
  const auto item =
      json::read_item(parser.parse_copy("{\"item\":" + text + "}")->at_key("item").value_unsafe()).value().item;
  std::string ion = "$ion_1_0 {Item:";
  append_ion(ion, item);
  ion += "}";
  const std::string json = json_of(ion);
  ASSERT_TRUE(json.starts_with("{\"Item\":")) << json << ion;
  const auto object = *parser.parse_copy(json);
  json::Element read;
  ASSERT_EQ(object.at_key("Item").get(read), simdjson::SUCCESS);
  EXPECT_EQ(json::to_json(json::read_item(read).value().item), json::to_json(item)) << ion;
}

}  // namespace
}  // namespace millrace::transfers
