// An item and placeholders for fuzzed expressions: whatever placeholders a text has, they stand for something.
#pragma once

#include <array>
#include <string>
#include <utility>

#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::fuzz {

inline model::AttributeValue string_value(std::string text) { return {std::move(text)}; }

inline model::Item stored_item() {
  using model::AttributeValue;
  const AttributeValue one{model::Number::from_integer(1)};
  model::AttributeMap map;
  map.set("a", one);
  map.set("b", AttributeValue{model::List{one, string_value("x")}});
  model::Item item;
  item.set("a", string_value("text"));
  item.set("b", AttributeValue{model::List{one, AttributeValue{map}, AttributeValue{model::List{one}}}});
  item.set("c", AttributeValue{map});
  item.set("d", one);
  item.set("e", AttributeValue{model::StringSet{{"x", "y"}}});
  item.set("f", AttributeValue{model::Binary{std::string{"\x00\xFF", 2}}});
  item.set("g", AttributeValue{model::Null{}});
  return item;
}

/// Binds the placeholders of an expression, in turn, to attributes of stored_item() and to values of every type.
inline expression::Placeholders bind_all(const expression::PlaceholderTable& table) {
  using model::AttributeValue;
  const std::array<AttributeValue, 9> values{
      string_value("text"),
      AttributeValue{model::Number::from_integer(1)},
      string_value("S"),
      AttributeValue{model::List{string_value("x")}},
      AttributeValue{model::StringSet{{"x", "z"}}},
      AttributeValue{model::Binary{"x"}},
      AttributeValue{model::AttributeMap{}},
      AttributeValue{true},
      AttributeValue{model::NumberSet{{model::Number::from_integer(1)}}},
  };
  expression::AttributeNames names;
  for (std::size_t n = 0; n < table.names.size(); ++n) {
    names.emplace_back(table.names[n], std::string(1, static_cast<char>('a' + n % 7)));
  }
  model::AttributeMap bound;
  for (std::size_t n = 0; n < table.values.size(); ++n) bound.set(table.values[n], values[n % values.size()]);
  return {std::move(names), std::move(bound)};
}

}  // namespace millrace::fuzz
