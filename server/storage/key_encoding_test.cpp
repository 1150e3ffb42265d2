#include "server/storage/key_encoding.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <compare>
#include <limits>
#include <stdexcept>

#include "server/base/random.hpp"

namespace millrace::storage {
namespace {

using model::AttributeType;
using model::AttributeValue;
using model::Binary;
using model::Item;
using model::KeySchema;
using model::Number;

constexpr int kRandomPairs = 20'000;

AttributeValue text(std::string value) { return {std::move(value)}; }
AttributeValue number(std::string_view value) { return {Number::parse(value).value()}; }

EncodedKey encoded(const AttributeValue& value) {
  EncodedKey key;
  append_encoded(key, value);
  return key;
}

/// -1, 0, 1 as the bytes compare; std::string compares as unsigned bytes.
int order(const std::string& left, const std::string& right) {
  const int compared = left.compare(right);
  return (compared > 0) - (compared < 0);
}
int order(const Number& left, const Number& right) {
  const auto compared = left <=> right;
  return (compared > 0) - (compared < 0);
}

std::string random_bytes(Random& random) {
  // Few distinct bytes, the awkward ones among them, so that common prefixes are frequent.
  constexpr std::string_view kAlphabet{
      "\x00\x01\xFF\xFE"
      "ab",
      6};
  std::string bytes;
  for (auto length = random.below(6); length > 0; --length) bytes.push_back(kAlphabet[random.below(kAlphabet.size())]);
  return bytes;
}

Number random_number(Random& random) {
  std::string digits;
  for (auto count = 1 + random.below(random.below(2) == 0 ? 3 : 38); count > 0; --count) {
    digits.push_back(static_cast<char>('0' + random.below(10)));
  }
  const auto exponent = static_cast<int>(random.below(random.below(2) == 0 ? 5 : 80)) - 40;
  return Number::parse((random.below(2) == 0 ? "-" : "") + digits + "e" + std::to_string(exponent)).value();
}

bool is_proper_prefix(const std::string& left, const std::string& right) {
  return left.size() < right.size() && right.starts_with(left);
}

TEST(KeyEncoding, BytesKeepTheirOrderAndNoEncodingIsAPrefixOfAnother) {
  Random random{1};
  for (int pair = 0; pair < kRandomPairs; ++pair) {
    const std::string left = random_bytes(random);
    const std::string right = random_bytes(random);
    const EncodedKey left_key = encoded({Binary{left}});
    const EncodedKey right_key = encoded({Binary{right}});
    ASSERT_EQ(order(left_key, right_key), order(left, right));
    ASSERT_FALSE(is_proper_prefix(left_key, right_key));
    ASSERT_EQ(encoded(text(left)), left_key);
  }
}

TEST(KeyEncoding, NumbersKeepTheirOrderAndNoEncodingIsAPrefixOfAnother) {
  Random random{2};
  for (int pair = 0; pair < kRandomPairs; ++pair) {
    const Number left = random_number(random);
    const Number right = random_number(random);
    const EncodedKey left_key = encoded({left});
    const EncodedKey right_key = encoded({right});
    ASSERT_EQ(order(left_key, right_key), order(left, right)) << left.to_string() << " and " << right.to_string();
    ASSERT_FALSE(is_proper_prefix(left_key, right_key)) << left.to_string() << " and " << right.to_string();
  }
}

TEST(KeyEncoding, NumbersInOrder) {
  const std::vector<std::string> ascending{"-9.9999999999999999999999999999999999999E+125",
                                           "-1E+125",
                                           "-123.5",
                                           "-123",
                                           "-100",
                                           "-99.99",
                                           "-10",
                                           "-1.01",
                                           "-1",
                                           "-0.1",
                                           "-0.09",
                                           "-1E-129",
                                           "-1.1E-130",
                                           "-1E-130",
                                           "0",
                                           "1E-130",
                                           "1.1E-130",
                                           "1E-129",
                                           "0.09",
                                           "0.1",
                                           "1",
                                           "1.0000000000000000000000000000000000001",
                                           "1.01",
                                           "1.1",
                                           "2",
                                           "9",
                                           "10",
                                           "11",
                                           "99",
                                           "99.99",
                                           "100",
                                           "101",
                                           "1E+125",
                                           "9.9999999999999999999999999999999999999E+125"};
  for (std::size_t at = 1; at < ascending.size(); ++at) {
    EXPECT_LT(encoded(number(ascending[at - 1])), encoded(number(ascending[at]))) << ascending[at];
  }
}

TEST(KeyEncoding, EqualNumbersHaveOneEncoding) {
  EXPECT_EQ(encoded(number("1")), encoded(number("1.00")));
  EXPECT_EQ(encoded(number("100")), encoded(number("1e2")));
  EXPECT_EQ(encoded(number("-0")), encoded(number("0.000")));
}

TEST(KeyEncoding, TheStoredFormIsPinned) {
  EXPECT_EQ(encoded(text(std::string{"a\0b", 3})), (std::string{"a\0\xFF"
                                                                "b\0\0",
                                                                6}));
  EXPECT_EQ(encoded(number("0")), "\x02");
  EXPECT_EQ(encoded(number("42.5")), (std::string{"\x03\x83\x2B\x33\x00", 5}));
  EXPECT_EQ(encoded(number("-42.5")), "\x01\x7C\xD4\xCC\xFF");
  const KeySchema schema{{{"id", AttributeType::kS}}, {}};
  Item item;
  item.set("id", text("a"));
  EXPECT_EQ(encode_key(schema, item), (std::string{"\xCE\xFB\xDE\xE2"
                                                   "a\0\0",
                                                   7}));
}

TEST(KeyEncoding, OtherTypesAndMissingAttributesAreBugs) {
  EncodedKey key;
  EXPECT_THROW(append_encoded(key, AttributeValue{true}), std::logic_error);
  EXPECT_THROW(encode_key({{{"id", AttributeType::kS}}, {}}, Item{}), std::logic_error);
  EXPECT_THROW(partition_hash("abc"), std::logic_error);
}

class CompositeKey : public testing::Test {
 protected:
  static Item item(std::string id, std::string_view at, std::string category = "c") {
    Item made;
    made.set("id", text(std::move(id)));
    made.set("at", number(at));
    made.set("category", text(std::move(category)));
    return made;
  }
  const KeySchema table_{{{"id", AttributeType::kS}}, {{"at", AttributeType::kN}}};
  const KeySchema index_{{{"category", AttributeType::kS}}, {}};
};

TEST_F(CompositeKey, RowsOfOnePartitionShareThePrefixAndAreOrderedByRange) {
  const EncodedKey prefix = encode_hash_prefix(table_, item("p", "0"));
  const EncodedKey first = encode_key(table_, item("p", "-5"));
  const EncodedKey second = encode_key(table_, item("p", "3"));
  const EncodedKey third = encode_key(table_, item("p", "20"));
  EXPECT_TRUE(first.starts_with(prefix));
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_LT(third, after_prefix(prefix));
  EXPECT_EQ(partition_hash(first), partition_hash(third));
  EXPECT_FALSE(encode_key(table_, item("pp", "3")).starts_with(prefix));
}

TEST_F(CompositeKey, IndexEntriesWithEqualIndexKeysStayDistinct) {
  const EncodedKey one = encode_index_key(index_, table_, item("a", "1"));
  const EncodedKey two = encode_index_key(index_, table_, item("a", "2"));
  const EncodedKey prefix = encode_hash_prefix(index_, item("a", "1"));
  EXPECT_NE(one, two);
  EXPECT_TRUE(one.starts_with(prefix));
  EXPECT_TRUE(two.starts_with(prefix));
}

TEST(AfterPrefix, IsTheNextKeyThatDoesNotBeginWithIt) {
  EXPECT_EQ(after_prefix("ab"), "ac");
  EXPECT_EQ(after_prefix("a\xFF\xFF"), "b");
  EXPECT_EQ(after_prefix("\xFF\xFF"), "");
  EXPECT_EQ(after_prefix(""), "");
}

TEST(SegmentRange, SegmentsCoverTheSpaceWithoutOverlap) {
  for (const std::uint32_t total : {1U, 2U, 3U, 7U, 1000U, 1'000'000U}) {
    const std::uint32_t step = std::max(total / 1000U, 1U);
    EXPECT_EQ(segment_range(0, total).begin, std::string(4, '\0'));
    EXPECT_EQ(segment_range(total - 1, total).end, "");
    for (std::uint32_t segment = 0; segment + 1 < total; segment += step) {
      const KeyRange range = segment_range(segment, total);
      EXPECT_LT(range.begin, range.end);
      EXPECT_EQ(range.end, segment_range(segment + 1, total).begin);
    }
  }
  EXPECT_THROW(segment_range(2, 2), std::logic_error);
}

TEST(SegmentRange, TheHashSpreadsRelatedKeysEvenly) {
  constexpr std::uint32_t kSegments = 8;
  constexpr int kKeys = 8000;
  const KeySchema schema{{{"id", AttributeType::kS}}, {}};
  std::vector<int> counts(kSegments);
  for (int at = 0; at < kKeys; ++at) {
    Item item;
    item.set("id", text("customer#" + std::to_string(at)));
    const EncodedKey key = encode_key(schema, item);
    for (std::uint32_t segment = 0; segment < kSegments; ++segment) {
      const KeyRange range = segment_range(segment, kSegments);
      if (key >= range.begin && (range.end.empty() || key < range.end)) ++counts[segment];
    }
  }
  for (const int count : counts) EXPECT_NEAR(count, kKeys / kSegments, kKeys / kSegments / 5);
}

}  // namespace
}  // namespace millrace::storage
