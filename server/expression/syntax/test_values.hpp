// Short spellings of values, items and placeholders for the tests of this folder.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::expression::testing {

using model::AttributeMap;
using model::AttributeValue;

inline AttributeValue s(std::string text) { return {std::move(text)}; }
inline AttributeValue n(std::string_view digits) { return {*model::Number::parse(digits)}; }
inline AttributeValue b(std::string bytes) { return {model::Binary{std::move(bytes)}}; }
inline AttributeValue boolean(bool truth) { return {truth}; }
inline AttributeValue null() { return {model::Null{}}; }
inline AttributeValue ss(std::vector<std::string> members) { return {model::StringSet{std::move(members)}}; }
inline AttributeValue ns(std::initializer_list<std::string_view> members) {
  model::NumberSet set;
  for (const auto member : members) set.members.push_back(*model::Number::parse(member));
  return {std::move(set)};
}
inline AttributeValue bs(std::initializer_list<std::string> members) {
  model::BinarySet set;
  for (const auto& member : members) set.members.push_back(model::Binary{member});
  return {std::move(set)};
}
inline AttributeValue list(model::List elements) { return {std::move(elements)}; }

inline AttributeMap item(std::initializer_list<std::pair<std::string, AttributeValue>> entries) {
  AttributeMap result;
  for (const auto& [name, value] : entries) result.set(name, value);
  return result;
}
inline AttributeValue map(std::initializer_list<std::pair<std::string, AttributeValue>> entries) {
  return {item(entries)};
}

/// One placeholder per letter: `#a` is the attribute a, and so on for those listed.
inline AttributeNames names(std::initializer_list<std::pair<std::string, std::string>> entries) { return {entries}; }

/// The message of a failed Result, or "ok".
template <class T>
std::string error_of(const Result<T>& result) {
  return result.has_error() ? result.error().message : "ok";
}

template <class Ast>
std::shared_ptr<const Ast> shared(Ast ast) {
  return std::make_shared<const Ast>(std::move(ast));
}

}  // namespace millrace::expression::testing
