// What there is to say of a member of a request, as AWS's service model says it. Data only: a table of rows can be
// shown, compared with AWS's model or crossed with wrong values by who knows nothing of the operation.
//
// All of it is constexpr and lives as long as the process. Any thread.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string_view>

namespace millrace::validation {
class Constraints;
}

namespace millrace::members {

enum class Kind : std::uint8_t {
  kString,
  kBlob,
  kInteger,
  kLong,
  kTimestamp,
  kDouble,
  kBoolean,
  kStructure,
  kList,
  kMap
};
enum class Presence : std::uint8_t {
  kOptional,
  kRequired,
  kRequiredApart,  ///< required, but the operation says so by itself
};

struct Member;

/// A type.
struct Shape {
  Kind kind{};
  /// Of a structure: its name in AWS's model. Of a scalar: what texts call it (`Integer`).
  std::string_view name{};
  std::span<const Member> members{};  ///< of a structure
  const Shape* element{nullptr};      ///< of a list, or of the values of a map
};

/// Of the characters of a string, the value of a number, the elements of a list or map.
struct Bounds {
  std::int64_t least{std::numeric_limits<std::int64_t>::min()};
  std::int64_t most{std::numeric_limits<std::int64_t>::max()};

  friend bool operator==(const Bounds&, const Bounds&) = default;
};

struct Member {
  std::string_view name{};
  /// Null: a member of AWS's that is not looked at, whatever it holds.
  const Shape* shape{nullptr};
  Presence presence{Presence::kOptional};
  Bounds bounds{};
  Bounds elements{};  ///< of each string in a list
  /// Of a string: a regular expression as messages print it.
  std::string_view pattern{};
  /// Decides in the pattern's place.
  bool (*matches)(std::string_view text){nullptr};
  /// What a string may be, in the order in which messages print it; empty: anything.
  std::span<const std::string_view> values{};
  /// Violations are told in this order, and in that of the table where it is equal.
  std::uint8_t order{0};
  /// Checks a string in place of bounds, pattern and values, which then only describe.
  void (*check)(validation::Constraints& constraints, std::string_view path, std::string_view text){nullptr};
};

inline constexpr Shape kString{.kind = Kind::kString, .name = "String"};
inline constexpr Shape kBlob{.kind = Kind::kBlob, .name = "Blob"};
inline constexpr Shape kInteger{.kind = Kind::kInteger, .name = "Integer"};
inline constexpr Shape kLong{.kind = Kind::kLong, .name = "Long"};
inline constexpr Shape kTimestamp{.kind = Kind::kTimestamp, .name = "Date"};
inline constexpr Shape kDouble{.kind = Kind::kDouble, .name = "Double"};
inline constexpr Shape kBoolean{.kind = Kind::kBoolean, .name = "Boolean"};
inline constexpr Shape kStringList{.kind = Kind::kList, .element = &kString};
inline constexpr Shape kStringMap{.kind = Kind::kMap, .element = &kString};

}  // namespace millrace::members
