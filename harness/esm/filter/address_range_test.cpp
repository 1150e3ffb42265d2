#include "harness/esm/filter/address_range.hpp"

#include <gtest/gtest.h>

namespace millrace::esm {
namespace {

bool contains(std::string_view range, std::string_view address) {
  return std::get<AddressRange>(AddressRange::parse(range)).contains(address);
}

TEST(AddressRange, HoldsTheAddressesOfANetwork) {
  EXPECT_TRUE(contains("10.1.0.0/16", "10.1.255.3"));
  EXPECT_FALSE(contains("10.1.0.0/16", "10.2.0.0"));
  EXPECT_TRUE(contains("10.1.2.128/25", "10.1.2.200"));
  EXPECT_FALSE(contains("10.1.2.128/25", "10.1.2.100"));
  EXPECT_TRUE(contains("10.1.2.3/32", "10.1.2.3"));
  EXPECT_FALSE(contains("10.1.2.3/32", "10.1.2.2"));
  EXPECT_TRUE(contains("0.0.0.0/0", "9.9.9.9"));
  EXPECT_TRUE(contains("2001:db8::/33", "2001:db8:7fff::1"));
  EXPECT_FALSE(contains("2001:db8::/33", "2001:db8:8000::1"));
  EXPECT_TRUE(contains("10.1.2.3/8", "10.0.0.1")) << "the bits behind the mask do not count";
}

TEST(AddressRange, HoldsNothingThatIsNoAddressOfItsKind) {
  for (const std::string_view text : {"", "10.1", "10.1.2.3 ", "10.1.2.256", "x", "::1", "10.1.2.3/8"}) {
    EXPECT_FALSE(contains("0.0.0.0/0", text)) << text;
  }
  EXPECT_FALSE(contains("::/0", "10.1.2.3"));
}

}  // namespace
}  // namespace millrace::esm
