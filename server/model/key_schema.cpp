#include "server/model/key_schema.hpp"

#include <algorithm>

namespace millrace::model {

bool KeySchema::contains(std::string_view name) const {
  const auto is_named = [name](const KeyAttribute& attribute) { return attribute.name == name; };
  return std::any_of(hash.begin(), hash.end(), is_named) || std::any_of(range.begin(), range.end(), is_named);
}

Item key_of(const KeySchema& schema, const Item& item) {
  Item key;
  for (const auto* part : {&schema.hash, &schema.range}) {
    for (const auto& attribute : *part) {
      if (const auto* value = item.find(attribute.name)) key.set(attribute.name, *value);
    }
  }
  return key;
}

void add_key_names(std::vector<std::string_view>& names, const KeySchema& schema) {
  for (const auto* part : {&schema.hash, &schema.range}) {
    for (const auto& attribute : *part) {
      if (std::find(names.begin(), names.end(), attribute.name) == names.end()) names.push_back(attribute.name);
    }
  }
}

}  // namespace millrace::model
