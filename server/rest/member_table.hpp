// Members of a request as AWS's service model describes them, one row each: a table feeds the check of types, the texts
// of constraints, and the refusal of what is not emulated. Members that no table has are ignored, in a body as in a
// query, as AWS ignores them.
//
// The checks run in AWS's order, each over the whole request: check_types(), check_constraints(), not_emulated(). Where
// a request's members come from: request_members.hpp.
#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::rest {

enum class MemberType : std::uint8_t {
  kString,
  kInteger,    ///< of 32 bits
  kTimestamp,  ///< a number
  kBoolean,
  kStructure,
  kStringList,
  kStructureList,
  kStringMap
};

enum class Presence : std::uint8_t { kOptional, kRequired };

enum class Emulation : std::uint8_t {
  kYes,          ///< honoured, or stored and returned, or refused in a way of its own
  kDefaultOnly,  ///< accepted as long as it asks for nothing: false, empty, or Member::default_value
};

/// Where a member stands in the request.
enum class Place : std::uint8_t { kBody, kPath, kQuery, kHeader };

/// Of the characters of a string, the value of an integer, the elements of a list or map.
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
  Place place{Place::kBody};
  std::string_view header{};  ///< its name, of a member in kHeader; of one in kQuery where it is not `name`
  Bounds bounds{};
  /// Of a string, or of the keys of a map: a regular expression as AWS's messages print it.
  std::string_view pattern{};
  /// Decides in the pattern's place, where that is quicker or is to be looser than AWS.
  bool (*matches)(std::string_view text){nullptr};
  /// What a string, or each string of a list, may be, in the order in which messages print it; empty: anything.
  std::span<const std::string_view> values{};
  /// Whether the text for a wrong element of a list says that elements must not be null.
  Presence elements{Presence::kRequired};
  /// Of a string or, in digits, of an integer.
  std::string_view default_value{};
  /// Of a structure, or of each structure in a list.
  std::span<const Member> members{};
};

/// Errors: InvalidRequestContentException for the first member of a wrong type. A member that is null is absent.
/// Members that are not in the body are left out.
Result<void> check_types(const nlohmann::json& object, std::span<const Member> table);

/// Adds every violated constraint. Precondition: the types are right.
void check_constraints(validation::Constraints& constraints, const nlohmann::json& object,
                       std::span<const Member> table);
/// The same for one string that has been read already; `path` is its name in messages.
void check_text(validation::Constraints& constraints, const std::string& path, const std::string& text,
                const Member& member);
/// ValidationException with all of them, unless there are none.
Result<void> refuse_violations(const validation::Constraints& constraints);

/// A sentence for each member that asks for something Millrace does not emulate. Precondition: the types are right.
std::vector<std::string> not_emulated(const nlohmann::json& object, std::span<const Member> table);
/// Errors: InvalidParameterValueException with the first of those sentences.
Result<void> check_emulated(const nlohmann::json& object, std::span<const Member> table);

/// Whether the whole text matches AWS's pattern. Texts of over 4096 bytes match none, nor do those that would take a
/// matcher too long. Any thread.
bool matches_pattern(std::string_view text, std::string_view pattern);

}  // namespace millrace::rest
