#include "server/partiql/conjuncts.hpp"

#include <algorithm>
#include <string>
#include <utility>

namespace millrace::partiql {
namespace {

using expression::Comparison;
using expression::Condition;
using expression::FunctionCall;
using expression::Logical;
using expression::LogicalOperator;
using expression::Operand;
using model::AttributeValue;

/// The attribute that an operand is, if it is one and no part of one.
const std::string* attribute_of(const Operand& operand) {
  const auto* path = std::get_if<expression::Path>(&operand.node);
  if (path == nullptr || path->elements.size() != 1) return nullptr;
  return std::get_if<std::string>(&path->elements.front());
}

bool is_attribute(const Operand& operand, std::string_view attribute) {
  const std::string* const name = attribute_of(operand);
  return name != nullptr && *name == attribute;
}

bool is_about(const Condition& condition, std::string_view attribute) {
  if (const auto* comparison = std::get_if<Comparison>(&condition.node)) {
    return is_attribute(comparison->left, attribute) || is_attribute(comparison->right, attribute);
  }
  if (const auto* between = std::get_if<expression::Between>(&condition.node)) {
    return is_attribute(between->subject, attribute);
  }
  const auto* call = std::get_if<FunctionCall>(&condition.node);
  return call != nullptr && is_attribute(call->arguments.front(), attribute);
}

Condition joined(LogicalOperator op, Condition first, Condition second) {
  Logical logical{op, {}};
  logical.conditions.push_back(std::move(first));
  logical.conditions.push_back(std::move(second));
  return {std::move(logical)};
}

Condition existence(expression::Function function, std::string_view attribute) {
  FunctionCall call{function, {}};
  call.arguments.push_back(Operand{expression::Path{{std::string{attribute}}}});
  return {std::move(call)};
}

}  // namespace

Conjuncts::Conjuncts(const std::optional<expression::ResolvedCondition>& where) {
  if (!where) return;
  bindings_ = where->bindings;
  flatten(where->ast->root);
}

// The depth of conditions is bounded by the parser.
void Conjuncts::flatten(const Condition& condition) {
  const auto* logical = std::get_if<Logical>(&condition.node);
  if (logical == nullptr || logical->op != LogicalOperator::kAnd) {
    conditions_.push_back(&condition);
    return;
  }
  for (const auto& part : logical->conditions) flatten(part);
}

const AttributeValue* Conjuncts::equality_on(const Condition& condition, std::string_view attribute) const {
  const auto* comparison = std::get_if<Comparison>(&condition.node);
  if (comparison == nullptr || comparison->comparator != expression::Comparator::kEqual) return nullptr;
  const bool mirrored = is_attribute(comparison->right, attribute);
  if (!mirrored && !is_attribute(comparison->left, attribute)) return nullptr;
  const auto* slot = std::get_if<expression::ValueSlot>(&(mirrored ? comparison->left : comparison->right).node);
  return slot == nullptr ? nullptr : bindings_.values[slot->number];
}

const AttributeValue* Conjuncts::take_equality(std::string_view attribute) {
  for (auto at = conditions_.begin(); at != conditions_.end(); ++at) {
    const auto* value = equality_on(**at, attribute);
    if (value == nullptr) continue;
    conditions_.erase(at);
    return value;
  }
  return nullptr;
}

std::vector<const AttributeValue*> Conjuncts::take_in(std::string_view attribute) {
  const auto is_in = [&](const Condition* condition) {
    const auto* in = std::get_if<expression::In>(&condition->node);
    return in != nullptr && is_attribute(in->subject, attribute) &&
           std::ranges::all_of(in->candidates, [](const Operand& candidate) {
             return std::holds_alternative<expression::ValueSlot>(candidate.node);
           });
  };
  std::vector<const AttributeValue*> values;
  const auto found = std::ranges::find_if(conditions_, is_in);
  if (found == conditions_.end()) return values;
  for (const auto& candidate : std::get<expression::In>((*found)->node).candidates) {
    values.push_back(bindings_.values[std::get<expression::ValueSlot>(candidate.node).number]);
  }
  conditions_.erase(found);
  return values;
}

std::optional<expression::KeyTerm> Conjuncts::take_key_term(std::string_view attribute) {
  if (const auto* value = take_equality(attribute)) {
    return expression::KeyTerm{std::string{attribute}, expression::KeyOperator::kEqual, {*value, std::nullopt}};
  }
  for (auto at = conditions_.begin(); at != conditions_.end(); ++at) {
    if (!is_about(**at, attribute)) continue;
    auto term = expression::key_term_of(**at, bindings_);
    if (!term) continue;
    conditions_.erase(at);
    return term;
  }
  return std::nullopt;
}

std::optional<model::Item> Conjuncts::take_key(const std::vector<model::KeyAttribute>& attributes) {
  const auto before = conditions_;
  model::Item key;
  for (const auto& attribute : attributes) {
    const auto* value = take_equality(attribute.name);
    if (value == nullptr) {
      conditions_ = before;
      return std::nullopt;
    }
    key.set(attribute.name, *value);
  }
  return key;
}

std::optional<Condition> Conjuncts::conjunction() const {
  if (conditions_.empty()) return std::nullopt;
  if (conditions_.size() == 1) return *conditions_.front();
  Logical all{LogicalOperator::kAnd, {}};
  for (const auto* condition : conditions_) all.conditions.push_back(*condition);
  return Condition{std::move(all)};
}

expression::ResolvedCondition Conjuncts::resolved(Condition root) const {
  auto ast = std::make_shared<const expression::ConditionAst>(
      expression::ConditionAst{expression::ExpressionKind::kStatement, std::move(root), {}});
  return {std::move(ast), bindings_};
}

std::optional<expression::ResolvedCondition> Conjuncts::rest() const {
  auto left = conjunction();
  if (!left) return std::nullopt;
  return resolved(*std::move(left));
}

expression::ResolvedCondition Conjuncts::rest_of_existing(std::string_view key) const {
  auto exists = existence(expression::Function::kAttributeExists, key);
  auto left = conjunction();
  if (!left) return resolved(std::move(exists));
  return resolved(joined(LogicalOperator::kAnd, std::move(exists), *std::move(left)));
}

std::optional<expression::ResolvedCondition> Conjuncts::rest_unless_missing(std::string_view key) const {
  auto left = conjunction();
  if (!left) return std::nullopt;
  return resolved(
      joined(LogicalOperator::kOr, existence(expression::Function::kAttributeNotExists, key), *std::move(left)));
}

}  // namespace millrace::partiql
