#include "server/json/object_reader.hpp"

#include <gtest/gtest.h>

#include <string>

#include "server/json/object_writer.hpp"

namespace millrace::json {
namespace {

class ObjectReaderTest : public ::testing::Test {
 protected:
  ObjectReader reader(std::string text) {
    text_ = std::move(text);
    return ObjectReader{*parser_.parse_object(text_)};
  }

 private:
  Parser parser_;
  std::string text_;
};

TEST_F(ObjectReaderTest, ReadsMembersAndTreatsNullAsAbsent) {
  auto in = reader(R"({"s":"x","b":true,"yes":"YES","i":7,"f":7.9,"none":null,"list":["a","b"],"map":{"k":"v"}})");
  EXPECT_EQ(in.string("s"), "x");
  EXPECT_EQ(in.boolean("b"), true);
  EXPECT_EQ(in.boolean("yes"), true);
  EXPECT_EQ(in.integer("i"), 7);
  EXPECT_EQ(in.integer("f"), 7);
  EXPECT_EQ(in.string("none"), std::nullopt);
  EXPECT_EQ(in.string("absent"), std::nullopt);
  EXPECT_EQ(in.string_list("list"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(in.string_map("map"), (std::map<std::string, std::string>{{"k", "v"}}));
  EXPECT_FALSE(in.failed());
}

TEST_F(ObjectReaderTest, TheFirstWrongTypeWins) {
  auto in = reader(R"({"a":[],"b":"x"})");
  EXPECT_EQ(in.string("a"), std::nullopt);
  EXPECT_EQ(in.integer("b"), std::nullopt);
  ASSERT_TRUE(in.failed());
  EXPECT_EQ(in.error().message, "Unrecognized collection type class java.lang.String");
}

TEST_F(ObjectReaderTest, WrongTypesOfStructures) {
  auto list = reader(R"({"x":[1]})");
  list.structures("x", "KeySchemaElement", [](ObjectReader&) { FAIL(); });
  EXPECT_EQ(list.error().message, "Unexpected value type in payload");
  auto structure = reader(R"({"x":[]})");
  structure.structure("x", "StreamSpecification");
  EXPECT_EQ(structure.error().message,
            "Unrecognized collection type class com.amazonaws.dynamodb.v20120810.StreamSpecification");
  auto batch = reader(R"({"x":{"T":1}})");
  batch.structure_list_map(
      "x", "WriteRequest", [](auto, auto&) { FAIL(); }, [](auto, auto) { FAIL(); });
  EXPECT_TRUE(batch.error().message.starts_with("class sun.reflect.generics"));
}

TEST(ObjectWriter, WritesNumbersAsAwsDoes) {
  std::string out;
  ObjectWriter writer{out};
  writer.integer("i", -5);
  writer.decimal("whole", 1);
  writer.decimal("half", 0.5);
  writer.timestamp("t", TimePoint{std::chrono::microseconds{1'421'866'952'062'999}});
  writer.boolean("b", false);
  writer.raw("r", "[]");
  writer.finish();
  EXPECT_EQ(out, R"({"i":-5,"whole":1.0,"half":0.5,"t":1421866952.062,"b":false,"r":[]})");
}

}  // namespace
}  // namespace millrace::json
