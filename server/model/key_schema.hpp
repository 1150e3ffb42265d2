// Which attributes make a key, and of which type.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/model/attribute_value.hpp"

namespace millrace::model {

struct KeyAttribute {
  std::string name;
  AttributeType type{AttributeType::kS};  ///< kS, kN or kB
  friend bool operator==(const KeyAttribute&, const KeyAttribute&) = default;
};

/// A table or local index has exactly one hash attribute and at most one range attribute; a global index has one to
/// four of the first and none to four of the second.
struct KeySchema {
  std::vector<KeyAttribute> hash;
  std::vector<KeyAttribute> range;

  /// True when `name` is a hash or range attribute.
  [[nodiscard]] bool contains(std::string_view name) const;
  [[nodiscard]] std::size_t size() const { return hash.size() + range.size(); }

  friend bool operator==(const KeySchema&, const KeySchema&) = default;
};

/// Copies the attributes of `schema` out of `item`. Attributes that `item` lacks are left out.
Item key_of(const KeySchema& schema, const Item& item);

/// Appends the names of `schema`'s attributes that `names` lacks.
void add_key_names(std::vector<std::string_view>& names, const KeySchema& schema);

inline constexpr std::size_t kMaxHashKeyBytes = 2048;
inline constexpr std::size_t kMaxRangeKeyBytes = 1024;

}  // namespace millrace::model
