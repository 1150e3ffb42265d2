#include <algorithm>
#include <compare>

#include "server/expression/condition.hpp"
#include "server/expression/terms/document_path.hpp"
#include "server/expression/terms/function_checks.hpp"
#include "server/expression/terms/value_order.hpp"

namespace millrace::expression {
namespace {

using model::AttributeValue;
using model::Item;

class Evaluator {
 public:
  Evaluator(const Bindings& bindings, const Item* item) : bindings_{bindings}, item_{item} {}

  // The depth of conditions is bounded by the number of operators.
  bool holds(const Condition& condition) {
    return std::visit([this](const auto& alternative) { return test(alternative); }, condition.node);
  }

 private:
  bool test(const Logical& logical) {
    const auto& conditions = logical.conditions;
    const auto is_true = [this](const Condition& condition) { return holds(condition); };
    switch (logical.op) {
      case LogicalOperator::kAnd: return std::all_of(conditions.begin(), conditions.end(), is_true);
      case LogicalOperator::kOr: return std::any_of(conditions.begin(), conditions.end(), is_true);
      case LogicalOperator::kNot: break;
    }
    return !holds(conditions.front());
  }

  bool test(const Comparison& comparison) {
    AttributeValue left_room;
    AttributeValue right_room;
    const AttributeValue* left = value_of(comparison.left, left_room);
    const AttributeValue* right = value_of(comparison.right, right_room);
    const bool both = left != nullptr && right != nullptr;
    if (comparison.comparator == Comparator::kEqual) return both && *left == *right;
    if (comparison.comparator == Comparator::kNotEqual) {
      // size() of nothing makes its comparison false; a missing attribute differs from everything.
      if (is_size_of_nothing(comparison.left, left) || is_size_of_nothing(comparison.right, right)) return false;
      return !both || *left != *right;
    }
    if (!both) return false;
    const auto order = order_of(*left, *right);
    if (!order) return false;
    switch (comparison.comparator) {
      case Comparator::kLess: return std::is_lt(*order);
      case Comparator::kLessOrEqual: return std::is_lteq(*order);
      case Comparator::kGreater: return std::is_gt(*order);
      default: return std::is_gteq(*order);
    }
  }

  bool test(const Between& between) {
    AttributeValue room[3];
    const AttributeValue* subject = value_of(between.subject, room[0]);
    const AttributeValue* lower = value_of(between.lower, room[1]);
    const AttributeValue* upper = value_of(between.upper, room[2]);
    if (subject == nullptr || lower == nullptr || upper == nullptr) return false;
    const auto above = order_of(*lower, *subject);
    const auto below = order_of(*subject, *upper);
    return above && below && std::is_lteq(*above) && std::is_lteq(*below);
  }

  bool test(const In& in) {
    AttributeValue subject_room;
    const AttributeValue* subject = value_of(in.subject, subject_room);
    if (subject == nullptr) return false;
    return std::any_of(in.candidates.begin(), in.candidates.end(), [&](const Operand& candidate) {
      AttributeValue room;
      const AttributeValue* value = value_of(candidate, room);
      return value != nullptr && *value == *subject;
    });
  }

  bool test(const FunctionCall& call) {
    AttributeValue first_room;
    AttributeValue second_room;
    const AttributeValue* first = value_of(call.arguments[0], first_room);
    if (call.function == Function::kAttributeExists) return first != nullptr;
    if (call.function == Function::kAttributeNotExists) return first == nullptr;
    if (first == nullptr) return false;
    const AttributeValue* second = value_of(call.arguments[1], second_room);
    if (second == nullptr) return false;
    switch (call.function) {
      case Function::kAttributeType: return first->type() == type_named(*second->as_string());
      case Function::kBeginsWith: return begins_with(*first, *second);
      default: return contains(*first, *second);
    }
  }

  /// The value of an operand, or null when there is none. What size() gives is kept in `room`.
  const AttributeValue* value_of(const Operand& operand, AttributeValue& room) {
    if (const auto* literal = literal_of(operand, bindings_)) return literal;
    if (const auto* path = std::get_if<Path>(&operand.node)) {
      return item_ != nullptr ? find_at(*item_, *path, bindings_) : nullptr;
    }
    const AttributeValue* sized = value_of(std::get<FunctionCall>(operand.node).arguments[0], room);
    if (sized == nullptr) return nullptr;
    const auto size = size_for_expressions(*sized);
    if (!size) return nullptr;
    room = AttributeValue{model::Number::from_integer(static_cast<std::int64_t>(*size))};
    return &room;
  }

  static bool is_size_of_nothing(const Operand& operand, const AttributeValue* value) {
    return value == nullptr && std::holds_alternative<FunctionCall>(operand.node);
  }

  const Bindings& bindings_;
  const Item* item_;
};

std::size_t count_operators(const Condition& condition);

// What is compared may be a size(), which goes through a value of its own.
struct OperatorCount {
  std::size_t operator()(const Comparison& comparison) const { return 1 + of(comparison.left) + of(comparison.right); }
  std::size_t operator()(const Between& between) const {
    return 2 + of(between.subject) + of(between.lower) + of(between.upper);
  }
  std::size_t operator()(const In& in) const {
    std::size_t count = in.candidates.size() + of(in.subject);
    for (const auto& candidate : in.candidates) count += of(candidate);
    return count;
  }
  std::size_t operator()(const FunctionCall& call) const {
    std::size_t count = 1;
    for (const auto& argument : call.arguments) count += of(argument);
    return count;
  }
  std::size_t operator()(const Logical& logical) const {
    std::size_t count = 0;
    for (const auto& condition : logical.conditions) count += count_operators(condition);
    return count;
  }

 private:
  static std::size_t of(const Operand& operand) { return std::holds_alternative<FunctionCall>(operand.node) ? 1 : 0; }
};

std::size_t count_operators(const Condition& condition) { return std::visit(OperatorCount{}, condition.node); }

}  // namespace

std::size_t operators_of(const ResolvedCondition& condition) { return count_operators(condition.ast->root); }

bool evaluate(const ResolvedCondition& condition, const Item* item) {
  return Evaluator{condition.bindings, item}.holds(condition.ast->root);
}

}  // namespace millrace::expression
