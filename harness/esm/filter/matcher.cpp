#include "harness/esm/filter/matcher.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "harness/esm/filter/matcher_parts.hpp"
#include "harness/esm/filter/record_walk.hpp"

namespace millrace::esm {
namespace {

/// The record itself, and what is in its member `dynamodb`.
constexpr std::size_t kEnvelopeLevels = 2;

}  // namespace

/// Holds each value against the clauses at its path.
class Matcher::Tester {
 public:
  Tester(const Matcher& matcher, Findings& found) : matcher_{matcher}, found_{found} {}

  void scalar(PathTrie::NodeId node, const Scalar& value) {
    for (const ClauseAt& at : matcher_.clauses_at_[node]) {
      if (!found_.holds(at.number)) found_.note(at.number, at.clause->matches(value));
    }
  }
  void object(PathTrie::NodeId /*node*/) {}
  void several(PathTrie::NodeId node) {
    if (matcher_.couples_[node]) found_.note_choice();
  }

 private:
  const Matcher& matcher_;
  Findings& found_;
};

/// Which clauses of one branch hold when all that look into an array look at the same element of it: of several
/// elements the one counts in which most of them hold. (Two members of an object can spell one path, one of them with
/// dots. When both of them, or arrays below, hold some of a branch's clauses, another choice might hold them all.)
class Matcher::ArrayChoice {
 public:
  ArrayChoice(const Matcher& matcher, std::vector<std::pair<ClauseAt, PathTrie::NodeId>> wanted)
      : matcher_{matcher}, wanted_{std::move(wanted)}, below_(matcher.paths_.size()) {
    std::ranges::sort(wanted_, {}, [](const auto& entry) { return entry.second; });
    for (const auto& [clause, node] : wanted_) {
      for (auto above = node; above != PathTrie::kNone; above = matcher.paths_.parent(above)) ++below_[above];
    }
  }

  [[nodiscard]] bool holds(std::string_view record) {
    json::RawCursor at{record};
    Held held((wanted_.size() + 63) / 64);
    value(PathTrie::kRoot, at, 0, held);
    return count(held) == wanted_.size();
  }

 private:
  using Held = std::vector<std::uint64_t>;

  static std::size_t count(const Held& held) {
    std::size_t bits = 0;
    for (const std::uint64_t word : held) bits += static_cast<std::size_t>(std::popcount(word));
    return bits;
  }

  void value(PathTrie::NodeId node, json::RawCursor& at, std::size_t depth, Held& held) {
    const json::RawKind kind = at.kind();
    if (below_[node] == 0) return at.skip();
    if (kind == json::RawKind::kObject) return object(node, at, depth, held);
    if (kind == json::RawKind::kArray) return array(node, at, depth, held);
    const std::string_view spelt = at.take_scalar();
    const Scalar scalar{kind, kind == json::RawKind::kString ? json::content_of(spelt, scratch_) : spelt};
    const auto first = std::ranges::lower_bound(wanted_, node, {}, [](const auto& entry) { return entry.second; });
    for (auto entry = first; entry != wanted_.end() && entry->second == node; ++entry) {
      const auto bit = static_cast<std::size_t>(entry - wanted_.begin());
      if (entry->first.clause->matches(scalar)) held[bit / 64] |= std::uint64_t{1} << bit % 64;
    }
  }

  void object(PathTrie::NodeId node, json::RawCursor& at, std::size_t depth, Held& held) {
    if (!matcher_.paths_.has_children(node) || depth == kMaxWalkDepth) return at.skip();
    at.each_member([&](std::string_view spelt, json::RawCursor& member) {
      const PathTrie::NodeId below = matcher_.paths_.find(node, json::content_of(spelt, scratch_));
      if (below == PathTrie::kNone) return member.skip();
      value(below, member, depth + 1, held);
    });
  }

  void array(PathTrie::NodeId node, json::RawCursor& at, std::size_t depth, Held& held) {
    if (depth == kMaxWalkDepth) return at.skip();
    Held best(held.size());
    Held one(held.size());
    at.each_element([&](json::RawCursor& element) {
      std::ranges::fill(one, 0);
      value(node, element, depth + 1, one);
      if (count(one) > count(best)) best = one;
    });
    for (std::size_t word = 0; word < held.size(); ++word) held[word] |= best[word];
  }

  const Matcher& matcher_;
  std::vector<std::pair<ClauseAt, PathTrie::NodeId>> wanted_;  // by node
  std::vector<std::uint32_t> below_;                           // how many of them are at each node and below
  std::string scratch_;
};

Matcher::Matcher(std::vector<Pattern> patterns, Events events)
    : envelope_{events == Events::kStreamRecords ? kEnvelopeLevels : 0} {
  patterns_.reserve(patterns.size());
  std::vector<std::string_view> paths;
  for (Pattern& parsed : patterns) {
    const Filter& filter = patterns_.emplace_back(Filter{std::move(parsed), {}, clauses_});
    clauses_ += static_cast<std::uint32_t>(filter.pattern.clauses.size());
    for (const Clause& clause : filter.pattern.clauses) paths.push_back(clause.path);
  }
  std::ranges::sort(paths);  // what comes in order is added at the end
  for (const std::string_view path : paths) paths_.add(path);
  for (Filter& filter : patterns_) {
    filter.nodes.reserve(filter.pattern.clauses.size());
    for (const Clause& clause : filter.pattern.clauses) filter.nodes.push_back(paths_.add(clause.path));
  }
  clauses_at_.resize(paths_.size());
  couples_.resize(paths_.size());
  for (const Filter& filter : patterns_) {
    for (std::uint32_t index = 0; index < filter.nodes.size(); ++index) {
      clauses_at_[filter.nodes[index]].push_back({&filter.pattern.clauses[index], filter.first_clause + index});
    }
    std::vector<std::uint32_t> last_branch(paths_.size());
    for (std::uint32_t number = 1; number <= filter.pattern.branches.size(); ++number) {
      for (const std::uint32_t clause : filter.pattern.branches[number - 1]) {
        for (auto node = filter.nodes[clause]; node != PathTrie::kNone; node = paths_.parent(node)) {
          if (std::exchange(last_branch[node], number) == number) couples_[node] = true;
        }
      }
    }
  }
}

bool Matcher::branch_holds(const Filter& filter, const Pattern::Branch& branch, const Findings& found,
                           std::string_view record) const {
  for (const std::uint32_t index : branch) {
    const std::uint32_t number = filter.first_clause + index;
    if (found.holds(number)) continue;
    if (found.is_there(number) || !filter.pattern.clauses[index].matches_absence()) return false;
  }
  if (!found.has_choice()) return true;
  std::vector<std::pair<ClauseAt, PathTrie::NodeId>> wanted;
  for (const std::uint32_t index : branch) {
    const std::uint32_t number = filter.first_clause + index;
    if (found.holds(number)) wanted.push_back({{&filter.pattern.clauses[index], number}, filter.nodes[index]});
  }
  return ArrayChoice{*this, std::move(wanted)}.holds(record);
}

bool Matcher::pattern_matches(const Filter& filter, const Findings& found, std::string_view record) const {
  return std::ranges::any_of(filter.pattern.branches, [&](const Pattern::Branch& branch) {
    return branch_holds(filter, branch, found, record);
  });
}

bool Matcher::matches(std::string_view record) const {
  Findings found{clauses_};
  Tester tester{*this, found};
  RecordWalk{paths_, tester, envelope_}.walk(record);
  return std::ranges::any_of(patterns_, [&](const Filter& filter) { return pattern_matches(filter, found, record); });
}

}  // namespace millrace::esm
