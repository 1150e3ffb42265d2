// Functions that are linked into the emulator, by name. A value, built in the composition root: no globals, no
// registration before main().
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "handler/function.hpp"

namespace millrace::handler {

class HandlerCatalog {
 public:
  /// Adds a function, or replaces the one of that name.
  void add(std::string name, Function function);
  /// The function called `name`, or null. Valid as long as the catalog and until `name` is replaced.
  [[nodiscard]] const Function* find(std::string_view name) const;
  /// In alphabetical order, for messages.
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  std::map<std::string, Function, std::less<>> functions_;
};

/// The functions that come with Millrace: `echo`.
HandlerCatalog built_in_handlers();

}  // namespace millrace::handler
