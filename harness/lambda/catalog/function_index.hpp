// Something for each function, found by references. What a version or an alias means is found out here and nowhere
// else.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/control/function_reference.hpp"

namespace millrace::lambda {

/// A plain value. Pointers into it hold until what they point to is erased.
template <class Kept>
class FunctionIndex {
 public:
  using Entries = std::map<FunctionKey, Kept>;

  /// What `function` means, or null when there is no such function, or no such version or alias of it: there is only
  /// $LATEST.
  [[nodiscard]] Kept* resolve(const FunctionReference& function) {
    return function.means_latest() ? find(key_of(function)) : nullptr;
  }
  [[nodiscard]] const Kept* resolve(const FunctionReference& function) const {
    return function.means_latest() ? find(key_of(function)) : nullptr;
  }

  /// The function itself, or null.
  [[nodiscard]] Kept* find(const FunctionKey& key) {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }
  [[nodiscard]] const Kept* find(const FunctionKey& key) const {
    const auto found = entries_.find(key);
    return found == entries_.end() ? nullptr : &found->second;
  }

  /// What is kept for the function: made when there is nothing yet.
  Kept& operator[](const FunctionKey& key) { return entries_[key]; }
  void erase(const FunctionKey& key) { entries_.erase(key); }

  /// Shows `visit` the functions of `account` with names behind `after`, in the order of their names, until it returns
  /// false.
  template <class Visit>
  void visit_behind(const model::Account& account, std::string_view after, Visit visit) const {
    for (auto at = entries_.upper_bound({account, std::string{after}}); at != entries_.end(); ++at) {
      if (at->first.account != account || !visit(at->second)) return;
    }
  }
  [[nodiscard]] const Entries& all() const { return entries_; }

 private:
  Entries entries_;
};

}  // namespace millrace::lambda
