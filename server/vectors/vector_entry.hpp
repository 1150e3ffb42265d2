// An entry of a vector index, and the row that keeps it (docs/storage-format.md).
//
// The row's key is what the HASH attribute makes of it, if the index has one, and then the key of the item's row. So
// the entries with one HASH value lie together, and an entry says whose it is.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/storage/key_encoding.hpp"

namespace millrace::vectors {

/// The value of each attribute of the search schema, in its order, encoded as in a key; empty: the item has none.
using Labels = std::vector<std::string>;

struct VectorEntry {
  storage::EncodedKey key;         ///< of the entry's row
  std::size_t item_key_offset{0};  ///< in `key`: where the key of the item's row begins
  Labels labels;
  std::vector<float> vector;

  [[nodiscard]] std::string_view item_key() const { return std::string_view{key}.substr(item_key_offset); }
  friend bool operator==(const VectorEntry&, const VectorEntry&) = default;
};

/// What the row holds beside its key.
std::string to_row(const VectorEntry& entry);

/// The inverse, of an index with so many labels and dimensions. Empty when the row is none of such an index.
std::optional<VectorEntry> entry_from_row(std::string_view key, std::string_view row, std::size_t labels,
                                          std::size_t dimensions);

}  // namespace millrace::vectors
