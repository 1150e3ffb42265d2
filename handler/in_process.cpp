#include "handler/in_process.hpp"

#include "handler/echo_handler.hpp"

namespace millrace::handler {

void HandlerCatalog::add(std::string name, Function function) {
  functions_.insert_or_assign(std::move(name), std::move(function));
}

const Function* HandlerCatalog::find(std::string_view name) const {
  const auto found = functions_.find(name);
  return found == functions_.end() ? nullptr : &found->second;
}

std::vector<std::string> HandlerCatalog::names() const {
  std::vector<std::string> names;
  names.reserve(functions_.size());
  for (const auto& [name, function] : functions_) names.push_back(name);
  return names;
}

HandlerCatalog built_in_handlers() {
  HandlerCatalog catalog;
  catalog.add("echo", echo_function());
  return catalog;
}

}  // namespace millrace::handler
