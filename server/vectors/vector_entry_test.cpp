#include "server/vectors/vector_entry.hpp"

#include <gtest/gtest.h>

namespace millrace::vectors {
namespace {

const VectorEntry kEntry{.key = std::string{"hash\0item", 9},
                         .item_key_offset = 5,
                         .labels = {std::string{"a\0\0", 3}, ""},
                         .vector = {1.5F, -0.0F, 3.4028235E38F}};

TEST(VectorEntry, ComesBackFromItsRow) {
  const auto read = entry_from_row(kEntry.key, to_row(kEntry), 2, 3);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(*read, kEntry);
  EXPECT_EQ(read->item_key(), "item");
}

TEST(VectorEntry, OfAnotherShapeIsNone) {
  const auto row = to_row(kEntry);
  EXPECT_FALSE(entry_from_row(kEntry.key, row, 2, 4));
  EXPECT_FALSE(entry_from_row(kEntry.key, row, 2, 2));
  EXPECT_FALSE(entry_from_row(kEntry.key, row, 3, 3));
  EXPECT_FALSE(entry_from_row("hash", row, 2, 3)) << "the item's key would begin behind its end";
  for (std::size_t size = 0; size < row.size(); ++size) {
    EXPECT_FALSE(entry_from_row(kEntry.key, std::string_view{row}.substr(0, size), 2, 3)) << size;
  }
}

}  // namespace
}  // namespace millrace::vectors
