// Holds records against patterns: whether one of them matches, and if none does, what each of them missed.
//
// A record matches a pattern when all clauses of one of its branches hold. A clause holds when a value at its path
// does; arrays are flattened, so any element will do, but all clauses that look into one array look at the same element
// of it (as EventBridge does). What is an object or missing is no value: it is absent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/filter/path_trie.hpp"
#include "harness/esm/filter/pattern.hpp"

namespace millrace::esm {

/// What one pattern says of one record.
struct Explanation {
  /// A clause that does not hold.
  struct Refusal {
    std::string path;
    std::string wants;     ///< the array of the pattern
    std::string found;     ///< the values at the path, a few of them, as JSON; empty when there are none
    std::string sentence;  ///< the three of them, and the cure of a common mistake
  };

  bool matches{false};
  std::vector<Refusal> refusals;  ///< of the first kMaxRefusals; none when it matches
};

class Matcher {
 public:
  /// What records are like: any JSON, or those of a stream, in which Lambda spells the names of the two outer levels.
  enum class Events : std::uint8_t { kAny, kStreamRecords };

  /// A record matches when it matches one of them; without patterns none does.
  explicit Matcher(std::vector<Pattern> patterns, Events events = Events::kAny);
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;

  /// `record` is JSON. One pass over it without allocations, as long as the patterns have no more than a few dozen
  /// clauses; more where clauses look into one array. Linear in the record, and in the clauses of all branches.
  /// Threads: any at once.
  [[nodiscard]] bool matches(std::string_view record) const;

  /// One for each pattern, in their order.
  [[nodiscard]] std::vector<Explanation> explain(std::string_view record) const;
  static constexpr std::size_t kMaxRefusals = 20;

  [[nodiscard]] std::size_t patterns() const { return patterns_.size(); }

 private:
  struct Filter {
    Pattern pattern;
    std::vector<PathTrie::NodeId> nodes;  // of each clause
    std::uint32_t first_clause{0};        // the clauses of all patterns are counted through
  };
  struct ClauseAt {
    const Clause* clause{nullptr};
    std::uint32_t number{0};
  };
  class Findings;
  class Tester;
  class Collector;
  class ArrayChoice;

  [[nodiscard]] bool branch_holds(const Filter& filter, const Pattern::Branch& branch, const Findings& found,
                                  std::string_view record) const;
  [[nodiscard]] bool pattern_matches(const Filter& filter, const Findings& found, std::string_view record) const;
  [[nodiscard]] Explanation explain(const Filter& filter, const Collector& seen, std::string_view record) const;

  const std::size_t envelope_;
  std::vector<Filter> patterns_;
  std::uint32_t clauses_{0};
  PathTrie paths_;
  std::vector<std::vector<ClauseAt>> clauses_at_;  // of each node
  std::vector<bool> couples_;                      // a branch has several clauses at the node and below
};

}  // namespace millrace::esm
