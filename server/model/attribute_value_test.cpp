#include "server/model/attribute_value.hpp"

#include <gtest/gtest.h>

namespace millrace::model {
namespace {

AttributeValue number(std::string_view text) { return {*Number::parse(text)}; }
AttributeValue text(std::string value) { return {std::move(value)}; }

TEST(AttributeMap, KeepsEntriesSortedByName) {
  AttributeMap map;
  map.set("b", text("2"));
  map.set("a", text("1"));
  map.set("c", text("3"));
  map.set("a", text("one"));
  std::string names;
  for (const auto& entry : map) names += entry.name;
  EXPECT_EQ(names, "abc");
  EXPECT_EQ(*map.find("a")->as_string(), "one");
  EXPECT_TRUE(map.erase("b"));
  EXPECT_FALSE(map.erase("b"));
  EXPECT_EQ(map.find("b"), nullptr);
}

// API reference 4.4
TEST(AttributeMapBuilder, TakesEntriesInAnyOrderAndTheLastOfEqualNames) {
  AttributeMapBuilder builder;
  for (const auto* name : {"c", "a", "b", "a", "c"})
    builder.append(name) = text(name + std::to_string(builder.name_bytes()));
  EXPECT_EQ(builder.name_bytes(), 5U);
  builder.compact();
  EXPECT_EQ(builder.name_bytes(), 3U);
  const AttributeMap map = std::move(builder).build();
  AttributeMap expected;
  expected.set("a", text("a3"));
  expected.set("b", text("b2"));
  expected.set("c", text("c4"));
  EXPECT_EQ(map, expected);
}

TEST(AttributeMap, MergesAndErasesMany) {
  AttributeMap map;
  for (const auto* name : {"a", "c", "e"}) map.set(name, text("old"));
  map.merge({{"f", text("new")}, {"b", text("new")}, {"c", text("new")}});
  map.erase({"e", "x", "a"});
  AttributeMap expected;
  for (const auto* name : {"b", "c", "f"}) expected.set(name, text("new"));
  EXPECT_EQ(map, expected);
}

TEST(ItemSize, CountsAsDynamoDbDoes) {
  EXPECT_EQ(size_of(text("h\xC3\xA4")), 3U);
  EXPECT_EQ(size_of(number("0")), 1U);
  EXPECT_EQ(size_of(number("42")), 2U);
  EXPECT_EQ(size_of(number("-42")), 3U);
  EXPECT_EQ(size_of(number("1000")), 2U);
  EXPECT_EQ(size_of(number("123.45")), 4U);
  EXPECT_EQ(size_of(number("0.05")), 2U);
  EXPECT_EQ(size_of(AttributeValue{true}), 1U);
  EXPECT_EQ(size_of(AttributeValue{Null{}}), 1U);
  EXPECT_EQ(size_of(AttributeValue{Binary{"abc"}}), 3U);
  EXPECT_EQ(size_of(AttributeValue{StringSet{{"a", "bc"}}}), 3U);
  EXPECT_EQ(size_of(AttributeValue{List{text("a"), text("b")}}), 3U + 2U * 2U);
  AttributeMap map;
  map.set("k", text("v"));
  EXPECT_EQ(size_of(AttributeValue{map}), 3U + 1U + 2U);
  EXPECT_EQ(size_of(static_cast<const Item&>(map)), 2U);
}

TEST(MessageText, SpellsValuesAsAwsDoes) {
  EXPECT_EQ(to_message_text(text("a")), "{S:a}");
  EXPECT_EQ(to_message_text(number("1.0")), "{N:1}");
  EXPECT_EQ(to_message_text(AttributeValue{Binary{"hi"}}), "{B:aGk=}");
  EXPECT_EQ(to_message_text(AttributeValue{List{text("a")}}), "{L:[{S:a}]}");
}

TEST(Depth, CountsMapsAndLists) {
  EXPECT_EQ(depth_of(text("a")), 1);
  EXPECT_EQ(depth_of(AttributeValue{List{AttributeValue{List{}}}}), 2);
}

}  // namespace
}  // namespace millrace::model
