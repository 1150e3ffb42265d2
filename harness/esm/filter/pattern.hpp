// One pattern of FilterCriteria, parsed: which values it asks for at which paths. A plain value; Matcher (matcher.hpp)
// holds records against it.
//
// The keys of a pattern are joined with dots, as those of a record are: {"a.b":["x"]} asks for the same as
// {"a":{"b":["x"]}}. A pattern is one branch, in which every clause must hold; `$or` makes several of it, each of which
// will do. Within a branch the last array for a path counts.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/esm/filter/condition.hpp"

namespace millrace::esm {

/// An array of a pattern, and where it stands.
struct Clause {
  std::string path;   ///< `dynamodb.NewImage.status.S`
  std::string wants;  ///< the array as it is spelt
  std::vector<Condition> conditions;

  [[nodiscard]] bool matches(const Scalar& value) const;
  /// It holds when nothing is at its path.
  [[nodiscard]] bool matches_absence() const;
};

/// Why a text is no pattern: EventBridge's words, and the path at which it is found out.
struct PatternProblem {
  std::string reason;
  std::string path;
};

struct Pattern {
  /// Indexes of the clauses that must hold together.
  using Branch = std::vector<std::uint32_t>;

  std::vector<Clause> clauses;
  std::vector<Branch> branches;  ///< of `{}` one that asks for nothing

  /// What EventBridge refuses beyond.
  static constexpr std::size_t kMaxBranches = 1000;
  static constexpr std::size_t kMaxDepth = 100;

  static std::variant<Pattern, PatternProblem> parse(std::string_view text);
};

}  // namespace millrace::esm
