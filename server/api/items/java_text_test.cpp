#include "server/api/items/java_text.hpp"

#include <gtest/gtest.h>

namespace millrace::api {
namespace {

TEST(JavaText, NamesEveryMemberOfAnAttributeValue) {
  EXPECT_EQ(to_java_text(model::AttributeValue{std::string{"bw-0"}}),
            "AttributeValue(s=bw-0, n=null, b=null, iNT=null, dECIMAL=null, dOUBLE=null, sS=null, nS=null, bS=null, "
            "iNTSET=null, dECIMALSET=null, dOUBLESET=null, m=null, l=null, nULL=null, bOOL=null)");
}

TEST(JavaText, PrintsNestedValues) {
  model::Item item;
  item.set("a", {model::List{{model::Number::from_integer(1)}, {true}}});
  const auto text = to_java_text(item);
  EXPECT_TRUE(text.starts_with("{a=AttributeValue(s=null"));
  EXPECT_NE(text.find("l=[AttributeValue(s=null, n=1,"), std::string::npos);
  EXPECT_NE(text.find("bOOL=true)], nULL=null"), std::string::npos);
}

}  // namespace
}  // namespace millrace::api
