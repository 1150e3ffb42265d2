// Of matcher.hpp: what a pattern missed, in sentences.
#include <algorithm>
#include <utility>

#include "harness/esm/filter/matcher_parts.hpp"
#include "harness/esm/filter/record_walk.hpp"
#include "server/base/api_error.hpp"

namespace millrace::esm {
namespace {

constexpr std::size_t kMaxValues = 3;
constexpr std::size_t kMaxValueBytes = 80;

std::string as_json(const Scalar& value) {
  // Cut before a character, never within one.
  std::size_t end = std::min(value.text.size(), kMaxValueBytes);
  while (end < value.text.size() && end > 0 && (static_cast<unsigned char>(value.text[end]) & 0xC0U) == 0x80U) --end;
  std::string text{value.text.substr(0, end)};
  if (end < value.text.size()) text.append("…");
  if (value.kind != json::RawKind::kString) return text;
  std::string quoted;
  base::append_json_string(quoted, text);
  return quoted;
}

bool compares_numbers(const Clause& clause) {
  return std::ranges::any_of(clause.conditions, [](const Condition& condition) {
    return std::ranges::any_of(condition.tests, [](const Test& test) {
      if (const auto* literal = std::get_if<Literal>(&test)) return literal->kind == json::RawKind::kNumber;
      return std::holds_alternative<NumericRange>(test);
    });
  });
}

}  // namespace

/// Keeps a few of the values that it sees at each path, and holds them against the clauses.
class Matcher::Collector {
 public:
  struct Seen {
    std::string values;
    std::size_t count{0};
    bool has_text{false};
    bool has_object{false};
  };

  explicit Collector(const Matcher& matcher)
      : matcher_{matcher}, found_{matcher.clauses_}, seen_(matcher.paths_.size()) {}

  void scalar(PathTrie::NodeId node, const Scalar& value) {
    Seen& seen = seen_[node];
    if (seen.count++ < kMaxValues) seen.values.append(seen.values.empty() ? "" : ", ").append(as_json(value));
    if (seen.count == kMaxValues + 1) seen.values.append(", …");
    seen.has_text = seen.has_text || value.kind == json::RawKind::kString;
    for (const ClauseAt& at : matcher_.clauses_at_[node]) {
      if (!found_.holds(at.number)) found_.note(at.number, at.clause->matches(value));
    }
  }
  void object(PathTrie::NodeId node) { seen_[node].has_object = true; }
  void several(PathTrie::NodeId node) {
    if (matcher_.couples_[node]) found_.note_choice();
  }

  [[nodiscard]] const Findings& found() const { return found_; }
  [[nodiscard]] const Seen& at(PathTrie::NodeId node) const { return seen_[node]; }

 private:
  const Matcher& matcher_;
  Findings found_;
  std::vector<Seen> seen_;
};

Explanation Matcher::explain(const Filter& filter, const Collector& seen, std::string_view record) const {
  Explanation explanation;
  explanation.matches = pattern_matches(filter, seen.found(), record);
  if (explanation.matches) return explanation;
  std::vector<bool> told(filter.pattern.clauses.size());
  for (const Pattern::Branch& branch : filter.pattern.branches) {
    bool each_holds = true;
    for (const std::uint32_t index : branch) {
      const Clause& clause = filter.pattern.clauses[index];
      const std::uint32_t number = filter.first_clause + index;
      const bool is_there = seen.found().is_there(number);
      if (seen.found().holds(number) || (!is_there && clause.matches_absence())) continue;
      each_holds = false;
      if (told[index] || explanation.refusals.size() == kMaxRefusals) continue;
      told[index] = true;
      const Collector::Seen& values = seen.at(filter.nodes[index]);
      Explanation::Refusal refusal{clause.path, clause.wants, values.values, {}};
      refusal.sentence = clause.path;
      if (is_there) {
        refusal.sentence.append(" is ").append(values.values);
      } else if (values.has_object) {
        refusal.sentence.append(" is an object and no value");
      } else {
        refusal.sentence.append(" is not there");
      }
      refusal.sentence.append(", and the filter asks for ").append(clause.wants).append(".");
      if (is_there && values.has_text && compares_numbers(clause)) {
        refusal.sentence.append(" Numbers of DynamoDB are strings in a record, which numeric does not compare.");
      } else if (!is_there && values.has_object) {
        refusal.sentence.append(" Only values count: name the type below it, as in ").append(clause.path).append(".S.");
      }
      explanation.refusals.push_back(std::move(refusal));
    }
    if (each_holds && explanation.refusals.size() < kMaxRefusals) {
      Explanation::Refusal refusal{{},
                                   {},
                                   {},
                                   "Each clause holds, but not within one element of the array that "
                                   "several of them look into:"};
      for (const std::uint32_t index : branch) refusal.sentence.append(" ").append(filter.pattern.clauses[index].path);
      refusal.sentence.append(".");
      explanation.refusals.push_back(std::move(refusal));
    }
  }
  return explanation;
}

std::vector<Explanation> Matcher::explain(std::string_view record) const {
  Collector seen{*this};
  RecordWalk{paths_, seen}.walk(record);
  std::vector<Explanation> explanations;
  explanations.reserve(patterns_.size());
  for (const Filter& filter : patterns_) explanations.push_back(explain(filter, seen, record));
  return explanations;
}

}  // namespace millrace::esm
