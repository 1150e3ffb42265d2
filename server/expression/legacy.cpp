#include "server/expression/legacy.hpp"

#include <memory>
#include <unordered_set>
#include <utility>

#include "server/expression/legacy_checks.hpp"
#include "server/model/attribute_name.hpp"

namespace millrace::expression {
namespace {

using model::AttributeType;
using model::AttributeValue;

Path path_to(const std::string& attribute) { return Path{{PathElement{attribute}}}; }

/// Gives the values of the request slots, as a parser gives the placeholders of a text slots.
class ValueTable {
 public:
  ValueSlot slot_for(const AttributeValue& value) {
    const auto number = static_cast<std::uint32_t>(bindings_.values.size());
    bindings_.values.push_back(&value);
    placeholders_.values.push_back(":" + std::to_string(number));
    return ValueSlot{number};
  }
  PlaceholderTable take_placeholders() { return std::move(placeholders_); }
  /// `source` keeps the values.
  Bindings take_bindings(std::shared_ptr<const void> source) {
    bindings_.source = std::move(source);
    return std::move(bindings_);
  }

 private:
  PlaceholderTable placeholders_;
  Bindings bindings_;
};

class ConditionLowering {
 public:
  void add(const std::string& attribute, LegacyOperator op, std::span<const AttributeValue> values) {
    conditions_.push_back(lower(attribute, op, values));
  }

  /// `source` keeps the values that were added.
  ResolvedCondition join(ExpressionKind kind, ConditionalOperator op, std::shared_ptr<const void> source) {
    Condition root;
    if (conditions_.size() == 1) {
      root = std::move(conditions_.front());
    } else {
      const auto joined = op == ConditionalOperator::kAnd ? LogicalOperator::kAnd : LogicalOperator::kOr;
      root = Condition{Logical{joined, std::move(conditions_)}};
    }
    auto ast = std::make_shared<const ConditionAst>(ConditionAst{kind, std::move(root), values_.take_placeholders()});
    return {std::move(ast), values_.take_bindings(std::move(source))};
  }

 private:
  Condition lower(const std::string& attribute, LegacyOperator op, std::span<const AttributeValue> values) {
    const auto compare = [&](Comparator comparator) {
      return Condition{Comparison{comparator, Operand{path_to(attribute)}, literal(values[0])}};
    };
    const auto call = [&](Function function) {
      FunctionCall result{function, {}};
      result.arguments.push_back(Operand{path_to(attribute)});
      for (const auto& value : values) result.arguments.push_back(literal(value));
      return Condition{std::move(result)};
    };
    switch (op) {
      case LegacyOperator::kEq: return compare(Comparator::kEqual);
      case LegacyOperator::kNe: return compare(Comparator::kNotEqual);
      case LegacyOperator::kLt: return compare(Comparator::kLess);
      case LegacyOperator::kLe: return compare(Comparator::kLessOrEqual);
      case LegacyOperator::kGt: return compare(Comparator::kGreater);
      case LegacyOperator::kGe: return compare(Comparator::kGreaterOrEqual);
      case LegacyOperator::kNull: return call(Function::kAttributeNotExists);
      case LegacyOperator::kNotNull: return call(Function::kAttributeExists);
      case LegacyOperator::kContains: return call(Function::kContains);
      case LegacyOperator::kNotContains: return exists_without(attribute, call(Function::kContains));
      case LegacyOperator::kBeginsWith: return call(Function::kBeginsWith);
      case LegacyOperator::kBetween:
        return Condition{Between{Operand{path_to(attribute)}, literal(values[0]), literal(values[1])}};
      case LegacyOperator::kIn: break;
    }
    In in{Operand{path_to(attribute)}, {}};
    for (const auto& value : values) in.candidates.push_back(literal(value));
    return Condition{std::move(in)};
  }

  /// NOT_CONTAINS is false on a missing attribute, unlike NOT contains(): attribute_exists(a) AND NOT contains(a, v).
  static Condition exists_without(const std::string& attribute, Condition contained) {
    Logical negation{LogicalOperator::kNot, {}};
    negation.conditions.push_back(std::move(contained));
    FunctionCall exists{Function::kAttributeExists, {}};
    exists.arguments.push_back(Operand{path_to(attribute)});
    Logical both{LogicalOperator::kAnd, {}};
    both.conditions.push_back(Condition{std::move(exists)});
    both.conditions.push_back(Condition{std::move(negation)});
    return Condition{std::move(both)};
  }

  Operand literal(const AttributeValue& value) { return Operand{values_.slot_for(value)}; }

  ValueTable values_;
  std::vector<Condition> conditions_;
};

KeyOperator key_operator_of(LegacyOperator op) {
  switch (op) {
    case LegacyOperator::kEq: return KeyOperator::kEqual;
    case LegacyOperator::kLt: return KeyOperator::kLess;
    case LegacyOperator::kLe: return KeyOperator::kLessOrEqual;
    case LegacyOperator::kGt: return KeyOperator::kGreater;
    case LegacyOperator::kGe: return KeyOperator::kGreaterOrEqual;
    case LegacyOperator::kBeginsWith: return KeyOperator::kBeginsWith;
    case LegacyOperator::kBetween: return KeyOperator::kBetween;
    default: return KeyOperator::kNotIndexable;
  }
}

Result<void> check_update(const AttributeUpdate& update) {
  if (!update.value) {
    if (update.action == LegacyAction::kDelete) return {};
    return base::invalid_parameter_values("Only DELETE action is allowed when no attribute value is specified");
  }
  const AttributeType type = update.value->type();
  if (update.action == LegacyAction::kDelete && !model::is_set(type)) {
    return base::invalid_parameter_values(
        std::string{"DELETE action with value is not supported for the type "}.append(model::type_name(type)));
  }
  const bool addable = type == AttributeType::kN || type == AttributeType::kL || model::is_set(type);
  if (update.action == LegacyAction::kAdd && !addable) {
    return base::invalid_parameter_values(
        std::string{"ADD action is not supported for the type "}.append(model::type_name(type)));
  }
  return {};
}

UpdateAction lower(const AttributeUpdate& update, ValueTable& values) {
  if (!update.value) return RemoveAction{path_to(update.attribute)};
  const ValueSlot value = values.slot_for(*update.value);
  switch (update.action) {
    case LegacyAction::kPut: return SetAction{path_to(update.attribute), Operand{value}};
    case LegacyAction::kAdd: return AddAction{path_to(update.attribute), value};
    case LegacyAction::kDelete: break;
  }
  return DeleteAction{path_to(update.attribute), value};
}

}  // namespace

Result<ResolvedCondition> resolve_expected(std::vector<ExpectedAttribute> expected, ConditionalOperator join) {
  for (const auto& entry : expected) TRY(check_expected(entry));
  const auto kept = std::make_shared<const std::vector<ExpectedAttribute>>(std::move(expected));
  ConditionLowering lowering;
  for (const auto& entry : *kept) {
    const auto implied = entry.exists.value_or(true) ? LegacyOperator::kEq : LegacyOperator::kNull;
    lowering.add(entry.attribute, entry.op.value_or(implied), values_of(entry));
  }
  return lowering.join(ExpressionKind::kCondition, join, kept);
}

Result<ResolvedCondition> resolve_filter(std::vector<LegacyCondition> filter, ConditionalOperator join) {
  for (const auto& entry : filter) TRY(check_arguments(entry.op, entry.values));
  const auto kept = std::make_shared<const std::vector<LegacyCondition>>(std::move(filter));
  ConditionLowering lowering;
  for (const auto& entry : *kept) lowering.add(entry.attribute, entry.op, entry.values);
  return lowering.join(ExpressionKind::kFilter, join, kept);
}

Result<std::vector<KeyTerm>> translate_key_conditions(std::vector<LegacyCondition> conditions) {
  std::vector<KeyTerm> terms;
  for (auto& condition : conditions) {
    TRY(check_arguments(condition.op, condition.values));
    KeyTerm term{std::move(condition.attribute), key_operator_of(condition.op), {}};
    if (term.op != KeyOperator::kNotIndexable) {
      for (std::size_t n = 0; n < condition.values.size(); ++n) term.values[n] = std::move(condition.values[n]);
    }
    terms.push_back(std::move(term));
  }
  return terms;
}

Result<ResolvedUpdate> resolve_attribute_updates(std::vector<AttributeUpdate> updates) {
  for (const auto& update : updates) TRY(check_update(update));
  const auto kept = std::make_shared<const std::vector<AttributeUpdate>>(std::move(updates));
  ValueTable values;
  UpdateAst ast;
  for (const auto& update : *kept) ast.actions.push_back(lower(update, values));
  ast.placeholders = values.take_placeholders();
  return ResolvedUpdate{std::make_shared<const UpdateAst>(std::move(ast)), values.take_bindings(kept),
                        UpdateParameter::kAttributeUpdates};
}

Result<ResolvedProjection> resolve_attributes_to_get(std::span<const std::string> names) {
  ProjectionAst ast;
  std::unordered_set<std::string_view> seen;
  for (const auto& name : names) {
    TRY(model::check_attribute_name(name));
    if (!seen.insert(name).second) {
      return base::invalid_parameter_values("Duplicate value in attribute name: " + name);
    }
    ast.paths.push_back(path_to(name));
  }
  return ResolvedProjection{std::make_shared<const ProjectionAst>(std::move(ast)), {}};
}

}  // namespace millrace::expression
