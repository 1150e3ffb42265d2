#include "harness/esm/filter/pattern.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <utility>

namespace millrace::esm {
namespace {

using json::RawKind;
using json::RawValue;

constexpr std::string_view kOr = "$or";
/// What may be no field's name inside `$or`: it would not be clear whether it is an operator's.
constexpr std::array<std::string_view, 9> kReserved{
    "exactly", "prefix", "suffix", "equals-ignore-case", "anything-but", "numeric", "exists", "wildcard", "cidr"};

class PatternParser {
 public:
  std::variant<Pattern, PatternProblem> parse(RawValue root) {
    if (root.kind() != RawKind::kObject) return PatternProblem{"Filter is not an object", {}};
    branches_.emplace_back();
    read_object(root, {}, Within::kPattern);
    if (problem_) return *std::move(problem_);
    for (const Places& branch : branches_) {
      auto& clauses = pattern_.branches.emplace_back();
      for (const auto& [path, clause] : branch) clauses.push_back(clause);
    }
    return std::move(pattern_);
  }

 private:
  enum class Within : std::uint8_t { kPattern, kOr };
  /// The clause of each path, by the path's number.
  using Places = std::vector<std::pair<std::uint32_t, std::uint32_t>>;

  void refuse(std::string reason, std::string path) {
    if (!problem_) problem_ = PatternProblem{std::move(reason), std::move(path)};
  }

  /// `path` is empty for the outermost object. Recurses no deeper than the document, which is Pattern::kMaxDepth.
  void read_object(RawValue object, const std::optional<std::string>& path, Within within) {
    bool is_empty = true;
    object.each_member([&](std::string_view spelt, RawValue value) {
      const std::string name{spelt};
      is_empty = false;
      if (problem_) return;
      if (name == kOr) return read_alternatives(value, path);
      const std::string below = path ? *path + "." + name : name;
      if (within == Within::kOr && std::ranges::find(kReserved, name) != kReserved.end()) {
        return refuse(name + " is Ruler reserved fieldName which cannot be used inside $or.", below);
      }
      if (value.kind() == RawKind::kObject) return read_object(value, below, within);
      if (value.kind() == RawKind::kArray) return read_clause(value, below);
      refuse("\"" + name + "\" must be an object or an array", below);
    });
    // The outermost object alone may be empty: a filter that lets everything through.
    if (is_empty && (path || within == Within::kOr)) refuse("Empty objects are not allowed", path.value_or(""));
  }

  /// Each alternative goes on from the branches that there were before.
  void read_alternatives(RawValue alternatives, const std::optional<std::string>& path) {
    if (alternatives.kind() != RawKind::kArray)
      return refuse("It must be an Array followed with $or.", path.value_or(""));
    const std::vector<Places> before = std::exchange(branches_, {});
    std::vector<Places> all;
    std::size_t count = 0;
    alternatives.each_element([&](RawValue alternative) {
      ++count;
      if (problem_) return;
      if (alternative.kind() != RawKind::kObject) {
        return refuse("Only JSON object is allowed in array of $or relationship.", path.value_or(""));
      }
      branches_ = before;
      read_object(alternative, path, Within::kOr);
      if (all.size() + branches_.size() > Pattern::kMaxBranches) {
        return refuse("$or makes more than 1000 combinations", path.value_or(""));
      }
      std::ranges::move(branches_, std::back_inserter(all));
    });
    branches_ = std::move(all);
    if (count < 2) refuse("There must have at least 2 Objects in $or relationship.", path.value_or(""));
  }

  void read_clause(RawValue array, const std::string& path) {
    Clause clause{path, std::string{array.text()}, {}};
    array.each_element([&](RawValue element) {
      if (problem_) return;
      auto condition = parse_condition(element);
      if (auto* const refused = std::get_if<std::string>(&condition)) return refuse(std::move(*refused), path);
      clause.conditions.push_back(std::get<Condition>(std::move(condition)));
    });
    if (problem_) return;
    if (clause.conditions.empty()) return refuse("Empty arrays are not allowed", path);
    const auto place = paths_.try_emplace(path, static_cast<std::uint32_t>(paths_.size())).first->second;
    const auto index = static_cast<std::uint32_t>(pattern_.clauses.size());
    pattern_.clauses.push_back(std::move(clause));
    for (Places& branch : branches_) {
      const auto at = std::ranges::lower_bound(branch, place, {}, [](const auto& entry) { return entry.first; });
      if (at != branch.end() && at->first == place) {
        at->second = index;
      } else {
        branch.insert(at, {place, index});
      }
    }
  }

  Pattern pattern_;
  std::map<std::string, std::uint32_t, std::less<>> paths_;
  std::vector<Places> branches_;
  std::optional<PatternProblem> problem_;
};

}  // namespace

bool Clause::matches(const Scalar& value) const {
  return std::ranges::any_of(conditions, [&](const Condition& condition) { return condition.matches(value); });
}

bool Clause::matches_absence() const {
  return std::ranges::any_of(conditions, [](const Condition& condition) { return condition.matches_absence; });
}

std::variant<Pattern, PatternProblem> Pattern::parse(std::string_view text) {
  const auto document = json::RawDocument::parse(text, kMaxDepth);
  if (document) return PatternParser{}.parse(document->root());
  if (!json::is_json(text)) return PatternProblem{"It is not valid JSON", {}};
  return PatternProblem{"It nests more than 100 levels", {}};
}

}  // namespace millrace::esm
