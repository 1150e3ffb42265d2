// Members of a request as AWS's service model describes them, one row each: a table feeds the check of types, the texts
// of constraints, and the refusal of what is not emulated. Members that no table has are ignored, as AWS ignores them.
//
// The checks run in AWS's order, each over the whole request: check_types(), check_constraints(), check_emulated().
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "server/base/result.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::lambda {

enum class MemberType : std::uint8_t {
  kString,
  kInteger,
  kBoolean,
  kStructure,
  kStringList,
  kStructureList,
  kStringMap
};

enum class Presence : std::uint8_t { kOptional, kRequired };

enum class Emulation : std::uint8_t {
  kYes,          ///< honoured, or stored and returned
  kDefaultOnly,  ///< accepted as long as it asks for nothing: false, empty, or Member::default_value
};

/// Of the characters of a string, the value of an integer, the elements of a list.
struct Bounds {
  std::int64_t least{0};
  std::int64_t most{std::numeric_limits<std::int32_t>::max()};

  friend bool operator==(const Bounds&, const Bounds&) = default;
};

struct Member {
  std::string_view name{};
  MemberType type{};
  Presence presence{Presence::kOptional};
  Emulation emulation{Emulation::kYes};
  Bounds bounds{};
  /// Of a string, or of the keys of a map: a regular expression as AWS's messages print it.
  std::string_view pattern{};
  /// What a string, or each string of a list, may be, in the order in which messages print it; empty: anything.
  std::span<const std::string_view> values{};
  std::string_view default_value{};
  /// Of a structure, or of each structure in a list.
  std::span<const Member> members{};
};

/// Errors: InvalidRequestContentException for the first member of a wrong type. A member that is null is absent; an
/// integer has 32 bits.
Result<void> check_types(const nlohmann::json& object, std::span<const Member> table);

/// Adds every violated constraint. Precondition: the types are right.
void check_constraints(validation::Constraints& constraints, const nlohmann::json& object,
                       std::span<const Member> table);

/// Errors: InvalidParameterValueException naming the first member that asks for something Millrace does not emulate.
/// Precondition: the types are right.
Result<void> check_emulated(const nlohmann::json& object, std::span<const Member> table);

/// Whether the whole text matches AWS's pattern. Texts of over 4096 bytes match none.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace millrace::lambda
