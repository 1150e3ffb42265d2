#include "server/plan/item_keys.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::plan {
namespace {

using model::AttributeType;
using model::AttributeValue;
using model::Item;

const model::KeySchema kSchema{{{"p", AttributeType::kS}}, {{"s", AttributeType::kB}}};

Item item_from(std::string p, std::string s) {
  Item item;
  item.set("p", {std::move(p)});
  item.set("s", {model::Binary{std::move(s)}});
  return item;
}

std::string error_of(const Item& item) {
  const auto key = encode_item_key(kSchema, item);
  return key.has_error() ? key.error().message : "";
}

TEST(ItemKeys, NamesWhatIsWrongWithAnItem) {
  EXPECT_EQ(error_of({}), "One or more parameter values were invalid: Missing the key p in the item");
  Item wrong = item_from("a", "b");
  wrong.set("s", {std::string{"b"}});
  EXPECT_EQ(error_of(wrong),
            "One or more parameter values were invalid: Type mismatch for key s expected: B actual: S");
  EXPECT_EQ(
      error_of(item_from("", "b")),
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
      "string value. Key: p");
  EXPECT_EQ(
      error_of(item_from("a", "")),
      "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty "
      "binary value. Key: s");
}

TEST(ItemKeys, LimitsAreInclusive) {
  const std::string longest_hash(model::kMaxHashKeyBytes, 'x');
  const std::string longest_range(model::kMaxRangeKeyBytes, 'x');
  EXPECT_EQ(error_of(item_from(longest_hash, longest_range)), "");
  EXPECT_EQ(
      error_of(item_from(longest_hash + "x", "b")),
      "One or more parameter values were invalid: Size of hashkey has exceeded the maximum size limit of2048 bytes");
  EXPECT_EQ(
      error_of(item_from("a", longest_range + "x")),
      "One or more parameter values were invalid: Aggregated size of all range keys has exceeded the size limit of "
      "1024 bytes");
}

TEST(ItemKeys, AKeyHasNothingButTheKey) {
  Item more = item_from("a", "b");
  EXPECT_TRUE(encode_request_key(kSchema, more).has_value());
  more.set("x", {true});
  EXPECT_EQ(encode_request_key(kSchema, more).error().message, "The provided key element does not match the schema");
  EXPECT_EQ(*encode_item_key(kSchema, more), *encode_item_key(kSchema, item_from("a", "b")));
}

TEST(ItemKeys, AnIndexTakesOnlyFitValues) {
  const model::IndexDefinition index{
      .name = "I", .key_schema = {{{"g", AttributeType::kS}}, {}}, .projection = {}, .throughput = {}};
  Item item;
  EXPECT_FALSE(is_indexed(index, item));
  item.set("g", {model::Number{}});
  EXPECT_FALSE(is_indexed(index, item));
  item.set("g", {std::string{}});
  EXPECT_FALSE(is_indexed(index, item));
  item.set("g", {std::string(model::kMaxHashKeyBytes + 1, 'x')});
  EXPECT_FALSE(is_indexed(index, item));
  item.set("g", {std::string{"x"}});
  EXPECT_TRUE(is_indexed(index, item));
}

TEST(ItemKeys, AnUpdateIsBlamedForWhatItChangedOnly) {
  model::TableDefinition table;
  table.indexes = {{.name = "I", .key_schema = {{{"g", AttributeType::kS}}, {}}, .projection = {}, .throughput = {}}};
  Item bad;
  bad.set("g", {model::Number{}});
  EXPECT_TRUE(check_updated_index_keys(table, bad, bad).has_value());
  EXPECT_EQ(check_updated_index_keys(table, {}, bad).error().message,
            "The update expression attempted to update the secondary index key to unsupported type");
}

}  // namespace
}  // namespace millrace::plan
