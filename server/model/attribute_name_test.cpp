#include "server/model/attribute_name.hpp"

#include <gtest/gtest.h>

#include <string>

namespace millrace::model {
namespace {

// API reference, 3.4; additions of November 2026, row 10
TEST(AttributeName, HasOneTo65535Bytes) {
  EXPECT_TRUE(check_attribute_name("a").has_value());
  EXPECT_TRUE(check_attribute_name(std::string(65'535, 'a')).has_value());
  EXPECT_EQ(check_attribute_name("").error().message,
            "One or more parameter values were invalid: Empty attribute name");
  EXPECT_EQ(check_attribute_name(std::string(65'536, 'a')).error().message,
            "Attribute name is too large, must be less than 65536 bytes");
}

TEST(AttributeName, CountsBytesNotCharacters) {
  std::string name;
  for (int n = 0; n < 32'768; ++n) name.append("\xC3\xBC");
  EXPECT_TRUE(check_attribute_name(name).has_error());
}

}  // namespace
}  // namespace millrace::model
