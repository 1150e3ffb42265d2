// The rules of matcher.hpp a second time, for tests and fuzzing, as they are told of EventBridge: an event is a list of
// values, each with its path and the elements of arrays that it stands in, and a branch matches when there is a value
// for each clause such that no two of them stand in different elements of one array. Simple, and slow.
#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "harness/esm/filter/pattern.hpp"
#include "server/json/raw_document.hpp"

namespace millrace::esm {

class FlatEvent {
 public:
  struct Value {
    std::string path;
    json::RawKind kind{json::RawKind::kNull};
    std::string text;
    std::map<std::size_t, std::size_t> elements;  // by array
  };

  explicit FlatEvent(const json::RawDocument& event) { flatten(event.root(), std::nullopt, {}); }

  [[nodiscard]] const std::vector<Value>& values() const { return values_; }
  /// No path is spelt in two ways.
  [[nodiscard]] bool is_plain() const { return plain_; }

  /// Empty when it would take too long.
  [[nodiscard]] std::optional<bool> matches(const Pattern& pattern) const {
    std::size_t steps = 0;
    for (const Pattern::Branch& branch : pattern.branches) {
      const bool holds = branch_holds(pattern, branch, 0, {}, steps);
      if (steps > kMaxSteps) return std::nullopt;
      if (holds) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kMaxSteps = 20'000;
  using Elements = std::map<std::size_t, std::size_t>;

  void flatten(json::RawValue value, const std::optional<std::string>& path, const Elements& elements) {
    const json::RawKind kind = value.kind();
    if (kind == json::RawKind::kObject) {
      std::set<std::string> names;
      value.each_member([&](std::string_view spelt, json::RawValue member) {
        const std::string name{spelt};
        plain_ = plain_ && names.insert(name).second && name.find('.') == std::string::npos;
        flatten(member, path ? *path + "." + name : name, elements);
      });
    } else if (kind == json::RawKind::kArray) {
      const std::size_t array = arrays_++;
      std::size_t index = 0;
      value.each_element([&](json::RawValue element) {
        Elements inside = elements;
        inside[array] = index++;
        flatten(element, path, inside);
      });
    } else if (path) {
      values_.push_back(
          {*path, kind, kind == json::RawKind::kString ? value.string() : std::string{value.text()}, elements});
    }
  }

  [[nodiscard]] bool branch_holds(const Pattern& pattern, const Pattern::Branch& branch, std::size_t from,
                                  const Elements& chosen, std::size_t& steps) const {
    if (from == branch.size()) return true;
    const Clause& clause = pattern.clauses[branch[from]];
    bool is_there = false;
    for (const Value& value : values_) {
      if (++steps > kMaxSteps) return false;
      if (value.path != clause.path) continue;
      is_there = true;
      if (!clause.matches({value.kind, value.text})) continue;
      Elements both = chosen;
      const bool agrees = std::ranges::all_of(
          value.elements, [&](const auto& element) { return both.insert(element).first->second == element.second; });
      if (agrees && branch_holds(pattern, branch, from + 1, both, steps)) return true;
    }
    return !is_there && clause.matches_absence() && branch_holds(pattern, branch, from + 1, chosen, steps);
  }

  std::vector<Value> values_;
  std::size_t arrays_{0};
  bool plain_{true};
};

}  // namespace millrace::esm
