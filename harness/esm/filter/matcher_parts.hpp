// What a pass over a record has found out for each clause of a Matcher. Part of this folder.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "harness/esm/filter/matcher.hpp"

namespace millrace::esm {

class Matcher::Findings {
 public:
  explicit Findings(std::size_t clauses) {
    if (clauses > few_.size()) many_.resize(clauses);
  }

  /// A value is there.
  void note(std::uint32_t clause, bool holds) { at(clause) = holds ? kHolds : kThere; }
  /// Clauses of one branch look into an array of several elements.
  void note_choice() { has_choice_ = true; }

  [[nodiscard]] bool is_there(std::uint32_t clause) const { return at(clause) != 0; }
  [[nodiscard]] bool holds(std::uint32_t clause) const { return at(clause) == kHolds; }
  [[nodiscard]] bool has_choice() const { return has_choice_; }

 private:
  static constexpr std::uint8_t kThere = 1;
  static constexpr std::uint8_t kHolds = 2;

  std::uint8_t& at(std::uint32_t clause) { return many_.empty() ? few_[clause] : many_[clause]; }
  [[nodiscard]] std::uint8_t at(std::uint32_t clause) const { return many_.empty() ? few_[clause] : many_[clause]; }

  std::array<std::uint8_t, 64> few_{};
  std::vector<std::uint8_t> many_;
  bool has_choice_{false};
};

}  // namespace millrace::esm
