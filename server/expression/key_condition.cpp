#include "server/expression/key_condition.hpp"

#include <algorithm>
#include <compare>
#include <utility>

#include "server/expression/syntax/parser_core.hpp"
#include "server/expression/terms/document_path.hpp"
#include "server/expression/terms/function_checks.hpp"
#include "server/expression/terms/value_order.hpp"

namespace millrace::expression {
namespace {

using model::AttributeValue;
using model::KeyAttribute;

ApiError error(std::string_view detail) { return expression_error(ExpressionKind::kKeyCondition, detail); }

ApiError invalid_operator(std::string_view name) {
  return error(std::string{"Invalid operator used in KeyConditionExpression: "}.append(name));
}

ApiError invalid_condition(std::string_view why) {
  return error(std::string{"Invalid condition in KeyConditionExpression: "}.append(why));
}

ApiError key_must_come_first(std::string_view name) {
  return invalid_condition(std::string{name}.append(" operator must have the key attribute as its first operand"));
}

KeyOperator operator_of(Comparator comparator) {
  switch (comparator) {
    case Comparator::kLess: return KeyOperator::kLess;
    case Comparator::kLessOrEqual: return KeyOperator::kLessOrEqual;
    case Comparator::kGreater: return KeyOperator::kGreater;
    case Comparator::kGreaterOrEqual: return KeyOperator::kGreaterOrEqual;
    case Comparator::kEqual:
    case Comparator::kNotEqual: break;  // the latter is refused before
  }
  return KeyOperator::kEqual;
}

/// `:v < key` says `key > :v`.
KeyOperator mirrored(KeyOperator op) {
  switch (op) {
    case KeyOperator::kLess: return KeyOperator::kGreater;
    case KeyOperator::kLessOrEqual: return KeyOperator::kGreaterOrEqual;
    case KeyOperator::kGreater: return KeyOperator::kLess;
    case KeyOperator::kGreaterOrEqual: return KeyOperator::kLessOrEqual;
    default: return op;
  }
}

bool is_path(const Operand& operand) { return std::holds_alternative<Path>(operand.node); }

class Translator {
 public:
  explicit Translator(const Bindings& bindings) : bindings_{bindings} {}

  // The depth of conditions is bounded by the number of operators.
  Result<void> translate(const Condition& condition) {
    return std::visit([this](const auto& alternative) { return add(alternative); }, condition.node);
  }

  std::vector<KeyTerm> take() { return std::move(terms_); }

 private:
  Result<void> add(const Logical& logical) {
    if (logical.op != LogicalOperator::kAnd) return invalid_operator(to_text(logical.op));
    for (const auto& condition : logical.conditions) TRY(translate(condition));
    return {};
  }

  Result<void> add(const Comparison& comparison) {
    if (comparison.comparator == Comparator::kNotEqual) return invalid_operator(to_text(comparison.comparator));
    const KeyOperator op = operator_of(comparison.comparator);
    return add_term(is_path(comparison.left) ? op : mirrored(op), {&comparison.left, &comparison.right});
  }

  Result<void> add(const Between& between) {
    if (!is_path(between.subject)) return key_must_come_first("BETWEEN");
    return add_term(KeyOperator::kBetween, {&between.subject, &between.lower, &between.upper});
  }

  Result<void> add(const In&) { return invalid_operator("IN"); }

  Result<void> add(const FunctionCall& call) {
    const std::string_view name = to_text(call.function);
    if (call.function != Function::kBeginsWith) return invalid_operator(name);
    if (!is_path(call.arguments[0])) return key_must_come_first(name);
    return add_term(KeyOperator::kBeginsWith, {&call.arguments[0], &call.arguments[1]});
  }

  Result<void> add_term(KeyOperator op, std::initializer_list<const Operand*> operands) {
    KeyTerm term{{}, op, {}};
    const Path* attribute = nullptr;
    std::size_t values = 0;
    for (const auto* operand : operands) {
      if (const auto* literal = literal_of(*operand, bindings_)) {
        // One operand is the attribute, so there is room; without one the term is refused below.
        if (values < term.values.size()) term.values[values++] = *literal;
        continue;
      }
      const auto* path = std::get_if<Path>(&operand->node);
      if (path == nullptr) return error("KeyConditionExpressions cannot contain nested operations");
      if (attribute != nullptr) return invalid_condition("Multiple attribute names used in one condition");
      if (path->elements.size() > 1) {
        return error("KeyConditionExpressions cannot have conditions on nested attributes");
      }
      attribute = path;
    }
    if (attribute == nullptr) return invalid_condition("No key attribute specified");
    term.attribute = name_at(attribute->elements.front(), bindings_);
    const bool repeated = std::any_of(terms_.begin(), terms_.end(),
                                      [&term](const KeyTerm& known) { return known.attribute == term.attribute; });
    if (repeated) return error("KeyConditionExpressions must only contain one condition per key");
    terms_.push_back(std::move(term));
    return {};
  }

  const Bindings& bindings_;
  std::vector<KeyTerm> terms_;
};

const KeyTerm* find_term(std::span<const KeyTerm> terms, std::string_view attribute) {
  const auto found = std::find_if(terms.begin(), terms.end(),
                                  [attribute](const KeyTerm& term) { return term.attribute == attribute; });
  return found == terms.end() ? nullptr : &*found;
}

ApiError missed_key_element(std::string_view attribute) {
  return base::validation_error(std::string{"Query condition missed key schema element: "}.append(attribute));
}

ApiError not_supported() { return base::validation_error("Query key condition not supported"); }

Result<void> check_value(const AttributeValue& value, const KeyAttribute& key) {
  if (value.type() != key.type) {
    return base::invalid_parameter_values("Condition parameter type does not match schema type");
  }
  const bool empty_string = value.as_string() != nullptr && value.as_string()->empty();
  const bool empty_binary = value.as_binary() != nullptr && value.as_binary()->bytes.empty();
  if (!empty_string && !empty_binary) return {};
  return base::validation_error(
      std::string{"One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain "
                  "an empty "}
          .append(empty_string ? "string" : "binary")
          .append(" value. Key: ")
          .append(key.name));
}

Result<void> check_indexable(const KeyTerm& term) {
  if (term.op != KeyOperator::kNotIndexable) return {};
  return base::validation_error("Attempted conditional constraint is not an indexable operation");
}

Result<void> check_term(const KeyTerm& term, const KeyAttribute& key) {
  TRY(check_indexable(term));
  for (const auto& value : term.values) {
    if (value) TRY(check_value(*value, key));
  }
  return {};
}

Result<void> check_count(std::span<const KeyTerm> terms, const model::KeySchema& schema) {
  const std::size_t keys = schema.hash.size() + schema.range.size();
  if (terms.size() <= std::max<std::size_t>(keys, 2)) return {};
  return base::validation_error("The number of query conditions (" + std::to_string(terms.size()) +
                                ") exceeds the number of key attributes defined in the schema (" +
                                std::to_string(keys) + ")");
}

bool is_multi_attribute(const model::KeySchema& schema) { return schema.hash.size() > 1 || schema.range.size() > 1; }

bool has_equality(std::span<const KeyTerm> terms, const KeyAttribute& key) {
  const KeyTerm* term = find_term(terms, key.name);
  return term != nullptr && term->op == KeyOperator::kEqual;
}

/// Names of those among `keys` that have no equality condition, separated by commas.
std::string without_equality(std::span<const KeyTerm> terms, std::span<const KeyAttribute> keys) {
  std::string names;
  for (const auto& key : keys) {
    if (has_equality(terms, key)) continue;
    if (!names.empty()) names.append(", ");
    names.append(key.name);
  }
  return names;
}

/// `conditioned` is the attribute whose condition asks for the others; empty when there is none.
ApiError equality_needed(std::string_view kind, std::string_view attributes, std::string_view conditioned) {
  std::string text{kind};
  text.append(" key attributes ").append(attributes).append(" must have equality conditions specified in the query");
  if (!conditioned.empty()) text.append(" because a condition is present on key attribute ").append(conditioned);
  return base::validation_error(std::move(text));
}

/// The last attribute of the key that has a condition; null when none has.
const KeyAttribute* last_conditioned(std::span<const KeyTerm> terms, std::span<const KeyAttribute> keys) {
  const auto found = std::find_if(keys.rbegin(), keys.rend(),
                                  [terms](const KeyAttribute& key) { return find_term(terms, key.name) != nullptr; });
  return found == keys.rend() ? nullptr : &*found;
}

/// Keys of several attributes: equality on every hash attribute, and on every range attribute before the last one that
/// has a condition (6.6; additions of November 2026, row 8). What stands behind a missing hash attribute is not
/// confirmed there.
Result<void> check_equalities(std::span<const KeyTerm> terms, const model::KeySchema& schema) {
  for (const auto* keys : {&schema.hash, &schema.range}) {
    for (const auto& key : *keys) {
      if (const KeyTerm* term = find_term(terms, key.name)) TRY(check_indexable(*term));
    }
  }
  const KeyAttribute* const last_range = last_conditioned(terms, schema.range);
  if (const auto names = without_equality(terms, schema.hash); !names.empty()) {
    const KeyAttribute* const last = last_range != nullptr ? last_range : last_conditioned(terms, schema.hash);
    return equality_needed("HASH", names, last == nullptr ? std::string_view{} : std::string_view{last->name});
  }
  if (last_range == nullptr) return {};
  const std::span before{schema.range.data(), last_range};
  if (const auto names = without_equality(terms, before); !names.empty()) {
    return equality_needed("RANGE", names, last_range->name);
  }
  return {};
}

RangeCondition range_condition(const KeyTerm& term) {
  RangeCondition condition{term.attribute, term.op, *term.values[0], {}};
  if (term.values[1]) condition.second = *term.values[1];
  return condition;
}

bool satisfies(const AttributeValue& value, const RangeCondition& condition) {
  if (condition.op == KeyOperator::kBeginsWith) return begins_with(value, condition.first);
  const auto order = order_of(value, condition.first);
  if (!order) return false;
  switch (condition.op) {
    case KeyOperator::kEqual: return std::is_eq(*order);
    case KeyOperator::kLess: return std::is_lt(*order);
    case KeyOperator::kLessOrEqual: return std::is_lteq(*order);
    case KeyOperator::kGreater: return std::is_gt(*order);
    case KeyOperator::kGreaterOrEqual: return std::is_gteq(*order);
    case KeyOperator::kBetween: {
      const auto below = order_of(value, condition.second);
      return std::is_gteq(*order) && below && std::is_lteq(*below);
    }
    case KeyOperator::kBeginsWith:
    case KeyOperator::kNotIndexable: break;  // handled above; bind_key_condition() lets no other through
  }
  return false;
}

}  // namespace

Result<std::vector<KeyTerm>> translate_key_condition(const ResolvedCondition& condition) {
  Translator translator{condition.bindings};
  TRY(translator.translate(condition.ast->root));
  return translator.take();
}

std::optional<KeyTerm> key_term_of(const Condition& condition, const Bindings& bindings) {
  if (std::holds_alternative<Logical>(condition.node)) return std::nullopt;
  Translator translator{bindings};
  if (translator.translate(condition).has_error()) return std::nullopt;
  return std::move(translator.take().front());
}

Result<KeyCondition> bind_key_condition(std::span<const KeyTerm> terms, const model::KeySchema& schema) {
  TRY(check_count(terms, schema));
  if (is_multi_attribute(schema)) TRY(check_equalities(terms, schema));
  KeyCondition condition;
  for (const auto& key : schema.hash) {
    const KeyTerm* term = find_term(terms, key.name);
    if (term == nullptr) return missed_key_element(key.name);
    TRY(check_term(*term, key));
    if (term->op != KeyOperator::kEqual) return not_supported();
    condition.hash.set(key.name, *term->values[0]);
  }
  std::size_t unmatched = terms.size() - schema.hash.size();
  for (const auto& key : schema.range) {
    if (unmatched == 0) break;
    const KeyTerm* term = find_term(terms, key.name);
    if (term == nullptr) return missed_key_element(key.name);
    TRY(check_term(*term, key));
    condition.range.push_back(range_condition(*term));
    --unmatched;
  }
  if (unmatched > 0) return not_supported();
  return condition;
}

bool hash_matches(const KeyCondition& condition, const model::Item& item) {
  return std::all_of(condition.hash.begin(), condition.hash.end(), [&item](const model::Attribute& wanted) {
    const AttributeValue* value = item.find(wanted.name);
    return value != nullptr && *value == wanted.value;
  });
}

bool range_matches(const KeyCondition& condition, const model::Item& item) {
  return std::all_of(condition.range.begin(), condition.range.end(), [&item](const RangeCondition& wanted) {
    const AttributeValue* value = item.find(wanted.attribute);
    return value != nullptr && satisfies(*value, wanted);
  });
}

}  // namespace millrace::expression
