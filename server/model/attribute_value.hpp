// AttributeValue and Item: DynamoDB's data model as a tree of values.
//
// Always canonical: map entries sorted by name, sets sorted and free of duplicates, numbers normalised. Two values are
// equal in DynamoDB's sense exactly when they are equal member by member, and then their JSON is equal byte by byte;
// the no-op check of the write path rests on this.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "server/model/number.hpp"

namespace millrace::model {

struct AttributeValue;
struct Attribute;

/// Raw bytes, not base64.
struct Binary {
  std::string bytes;
  friend auto operator<=>(const Binary&, const Binary&) = default;
};
struct Null {
  friend bool operator==(const Null&, const Null&) = default;
};
/// Members sorted by unsigned bytes, distinct.
struct StringSet {
  std::vector<std::string> members;
  friend bool operator==(const StringSet&, const StringSet&) = default;
};
/// Members sorted numerically, distinct.
struct NumberSet {
  std::vector<Number> members;
  friend bool operator==(const NumberSet&, const NumberSet&) = default;
};
/// Members sorted by unsigned bytes, distinct.
struct BinarySet {
  std::vector<Binary> members;
  friend bool operator==(const BinarySet&, const BinarySet&) = default;
};
using List = std::vector<AttributeValue>;

/// Attribute name -> value, kept sorted by name. The content of an M value, and of an item.
class AttributeMap {
 public:
  AttributeMap() = default;

  /// The value called `name`, or null. Valid until the map changes.
  [[nodiscard]] const AttributeValue* find(std::string_view name) const;
  [[nodiscard]] AttributeValue* find(std::string_view name);
  /// Inserts or replaces. Amortised cheap when names arrive in order.
  AttributeValue& set(std::string name, AttributeValue value);
  /// Removes `name`; says whether it was there.
  bool erase(std::string_view name);
  /// Inserts or replaces them all; of entries with one name the last counts.
  void merge(std::vector<Attribute> entries);
  /// Removes those of `names`, in any order, that are there.
  void erase(std::vector<std::string_view> names);

  [[nodiscard]] bool empty() const;
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] std::vector<Attribute>::const_iterator begin() const;
  [[nodiscard]] std::vector<Attribute>::const_iterator end() const;
  [[nodiscard]] std::vector<Attribute>::iterator begin();
  [[nodiscard]] std::vector<Attribute>::iterator end();

  friend bool operator==(const AttributeMap& left, const AttributeMap& right);

 private:
  friend class AttributeMapBuilder;
  std::vector<Attribute> entries_;
};

/// The ten types, in the order of the variant in AttributeValue.
enum class AttributeType : std::uint8_t { kS, kN, kB, kBool, kNull, kSs, kNs, kBs, kL, kM };

struct AttributeValue {
  std::variant<std::string, Number, Binary, bool, Null, StringSet, NumberSet, BinarySet, List, AttributeMap> value;

  [[nodiscard]] AttributeType type() const { return static_cast<AttributeType>(value.index()); }

  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&value); }
  [[nodiscard]] const Number* as_number() const { return std::get_if<Number>(&value); }
  [[nodiscard]] const Binary* as_binary() const { return std::get_if<Binary>(&value); }
  [[nodiscard]] const List* as_list() const { return std::get_if<List>(&value); }
  [[nodiscard]] List* as_list() { return std::get_if<List>(&value); }
  [[nodiscard]] const AttributeMap* as_map() const { return std::get_if<AttributeMap>(&value); }
  [[nodiscard]] AttributeMap* as_map() { return std::get_if<AttributeMap>(&value); }

  /// Deep equality in DynamoDB's sense.
  friend bool operator==(const AttributeValue& left, const AttributeValue& right) = default;
};

struct Attribute {
  std::string name;
  AttributeValue value;
  friend bool operator==(const Attribute&, const Attribute&) = default;
};

// Here because they need Attribute to be complete.
inline bool AttributeMap::empty() const { return entries_.empty(); }
inline std::size_t AttributeMap::size() const { return entries_.size(); }
inline std::vector<Attribute>::const_iterator AttributeMap::begin() const { return entries_.begin(); }
inline std::vector<Attribute>::const_iterator AttributeMap::end() const { return entries_.end(); }
inline std::vector<Attribute>::iterator AttributeMap::begin() { return entries_.begin(); }
inline std::vector<Attribute>::iterator AttributeMap::end() { return entries_.end(); }

/// Makes a map of entries in any order: they are sorted once, in the end, and not at all when they came sorted.
class AttributeMapBuilder {
 public:
  void reserve(std::size_t entries) { entries_.reserve(entries); }
  /// Adds an entry and returns its value, to be filled in before the next call. Of entries with one name the last
  /// counts.
  AttributeValue& append(std::string name);
  /// The bytes of the names so far; those of repeated names count once after compact().
  [[nodiscard]] std::size_t name_bytes() const { return name_bytes_; }
  /// Sorts, and drops all but the last of entries with one name.
  void compact();
  [[nodiscard]] AttributeMap build() &&;

 private:
  std::vector<Attribute> entries_;
  std::size_t name_bytes_{0};
  bool sorted_{true};  // strictly: no name twice
};

/// A whole item, or the key of one.
using Item = AttributeMap;

/// The type descriptor as JSON and messages spell it: `S`, `BOOL`, `SS`, …
std::string_view type_name(AttributeType type);
/// Whether it is one of the three set types.
constexpr bool is_set(AttributeType type) {
  return type == AttributeType::kSs || type == AttributeType::kNs || type == AttributeType::kBs;
}

/// The bytes a value counts towards the 400 KB limit (API reference, 4.4), without its attribute name.
std::size_t size_of(const AttributeValue& value);
/// The size of an item: names and values (4.4).
std::size_t size_of(const Item& item);
/// The size of a number (4.4): one byte for every two digits on each side of the point, and one; at most 21.
std::size_t size_of(const Number& number);

/// How AWS prints a value inside messages: `{S:x}`, `{N:1}`, `{B:aGk=}`, `{L:[{S:a}]}`, `{M:{k={S:a}}}`.
std::string to_message_text(const AttributeValue& value);

/// Nesting levels of a value: 1 for a scalar or a set, one more for each map or list around it.
int depth_of(const AttributeValue& value);
inline constexpr int kMaxNesting = 32;

}  // namespace millrace::model
