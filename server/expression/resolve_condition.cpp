#include <algorithm>
#include <optional>
#include <utility>

#include "server/expression/condition.hpp"
#include "server/expression/syntax/parser_core.hpp"
#include "server/expression/terms/binder.hpp"
#include "server/expression/terms/document_path.hpp"
#include "server/expression/terms/function_checks.hpp"
#include "server/expression/terms/value_order.hpp"

namespace millrace::expression {
namespace {

using model::AttributeType;
using model::AttributeValue;

bool is_scalar_with_order(AttributeType type) {
  return type == AttributeType::kS || type == AttributeType::kN || type == AttributeType::kB;
}

bool is_same_path(const Path& one, const Path& two, const Bindings& bindings) {
  return std::equal(one.elements.begin(), one.elements.end(), two.elements.begin(), two.elements.end(),
                    [&bindings](const PathElement& left, const PathElement& right) {
                      const auto* left_index = std::get_if<ListIndex>(&left);
                      const auto* right_index = std::get_if<ListIndex>(&right);
                      if (left_index != nullptr && right_index != nullptr) return *left_index == *right_index;
                      return left_index == nullptr && right_index == nullptr &&
                             name_at(left, bindings) == name_at(right, bindings);
                    });
}

/// Checks one condition after the other, each completely.
class ConditionResolver {
 public:
  ConditionResolver(const ConditionAst& ast, Placeholders& placeholders)
      : kind_{ast.kind}, binder_{ast.kind, ast.placeholders, placeholders} {}
  ConditionResolver(const ConditionAst& ast, Bindings bound)
      : kind_{ast.kind}, binder_{ast.kind, ast.placeholders, std::move(bound)} {}

  // The depth of conditions is bounded by the number of operators.
  Result<void> resolve(const Condition& condition) {
    return std::visit([this](const auto& alternative) { return check(alternative); }, condition.node);
  }

  Bindings take_bindings() { return binder_.take(); }

 private:
  Result<void> check(const Logical& logical) {
    for (const auto& condition : logical.conditions) TRY(resolve(condition));
    return {};
  }

  Result<void> check(const Comparison& comparison) {
    TRY(bind({&comparison.left, &comparison.right}));
    const std::string_view name = to_text(comparison.comparator);
    TRY(check_distinct(name, comparison.left, comparison.right));
    if (comparison.comparator == Comparator::kEqual || comparison.comparator == Comparator::kNotEqual) return {};
    TRY(check_ordered(name, comparison.left));
    return check_ordered(name, comparison.right);
  }

  Result<void> check(const Between& between) {
    TRY(bind({&between.subject, &between.lower, &between.upper}));
    for (const auto* operand : {&between.subject, &between.lower, &between.upper}) {
      TRY(check_ordered("BETWEEN", *operand));
    }
    const AttributeValue* lower = literal(between.lower);
    const AttributeValue* upper = literal(between.upper);
    if (lower == nullptr || upper == nullptr) return {};
    if (lower->type() != upper->type()) {
      return bounds_error("The BETWEEN operator requires same data type for lower and upper bounds", *lower, *upper);
    }
    if (order_of(*lower, *upper) == std::strong_ordering::greater) {
      return bounds_error("The BETWEEN operator requires upper bound to be greater than or equal to lower bound",
                          *lower, *upper);
    }
    return {};
  }

  Result<void> check(const In& in) {
    TRY(binder_.bind(in.subject));
    for (const auto& candidate : in.candidates) TRY(binder_.bind(candidate));
    TRY(check_nested(in.subject));
    for (const auto& candidate : in.candidates) TRY(check_nested(candidate));
    const std::size_t operands = in.candidates.size() + 1;
    if (operands <= kMaxInOperands) return {};
    return error("The IN operator is provided with too many operands; number of operands: " + std::to_string(operands));
  }

  Result<void> check(const FunctionCall& call) {
    for (const auto& argument : call.arguments) TRY(binder_.bind(argument));
    return check_call(call);
  }

  Result<void> bind(std::initializer_list<const Operand*> operands) {
    for (const auto* operand : operands) TRY(binder_.bind(*operand));
    for (const auto* operand : operands) TRY(check_nested(*operand));
    return {};
  }

  Result<void> check_nested(const Operand& operand) {
    if (const auto* call = std::get_if<FunctionCall>(&operand.node)) return check_call(*call);
    return {};
  }

  // From the inside out: number of operands, then distinct operands, then their types.
  Result<void> check_call(const FunctionCall& call) {
    for (const auto& argument : call.arguments) TRY(check_nested(argument));
    TRY(check_operand_count(kind_, call));
    const auto& arguments = call.arguments;
    const std::string_view name = to_text(call.function);
    if (arguments.size() == 2) TRY(check_distinct(name, arguments[0], arguments[1]));
    switch (call.function) {
      case Function::kAttributeExists:
      case Function::kAttributeNotExists: return check_document_path(kind_, call);
      case Function::kAttributeType: return check_type_argument(arguments[1]);
      case Function::kBeginsWith:
        for (const auto& argument : arguments) {
          const auto type = type_of(argument);
          if (type && type != AttributeType::kS && type != AttributeType::kB) {
            return incorrect_operand_type(kind_, name, *type);
          }
        }
        return {};
      case Function::kSize: {
        const auto type = type_of(arguments[0]);
        if (type == AttributeType::kN || type == AttributeType::kBool || type == AttributeType::kNull) {
          return incorrect_operand_type(kind_, name, *type);
        }
        return {};
      }
      case Function::kContains:
      case Function::kIfNotExists:
      case Function::kListAppend: break;  // the latter two do not parse here
    }
    return {};
  }

  Result<void> check_type_argument(const Operand& argument) {
    static constexpr std::string_view kName = "attribute_type";
    const AttributeValue* value = literal(argument);
    if (value == nullptr) {
      if (const auto type = type_of(argument)) return incorrect_operand_type(kind_, kName, *type);
      return incorrect_operand_type(kind_, kName, "{NS,SS,L,BS,N,M,B,BOOL,NULL,S}");
    }
    const std::string* wanted = value->as_string();
    if (wanted == nullptr) return incorrect_operand_type(kind_, kName, value->type());
    if (type_named(*wanted)) return {};
    return error("Invalid attribute type name found; type: " + *wanted +
                 ", valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}");
  }

  Result<void> check_distinct(std::string_view name, const Operand& first, const Operand& second) {
    const auto* one = std::get_if<Path>(&first.node);
    const auto* two = std::get_if<Path>(&second.node);
    if (one == nullptr || two == nullptr || !is_same_path(*one, *two, binder_.bindings())) return {};
    return error(
        std::string{"The first operand must be distinct from the remaining operands for this operator or "
                    "function; operator: "}
            .append(name)
            .append(", first operand: ")
            .append(to_message_text(BoundPath{one, &binder_.bindings()})));
  }

  Result<void> check_ordered(std::string_view name, const Operand& operand) {
    const auto type = type_of(operand);
    if (type && !is_scalar_with_order(*type)) return incorrect_operand_type(kind_, name, *type);
    return {};
  }

  [[nodiscard]] const AttributeValue* literal(const Operand& operand) const {
    return literal_of(operand, binder_.bindings());
  }

  /// The type of an operand, as far as it is known without an item: that of a value, or the number that size() gives.
  [[nodiscard]] std::optional<AttributeType> type_of(const Operand& operand) const {
    if (const auto* value = literal(operand)) return value->type();
    if (std::holds_alternative<FunctionCall>(operand.node)) return AttributeType::kN;
    return std::nullopt;
  }

  [[nodiscard]] ApiError bounds_error(std::string_view rule, const AttributeValue& lower,
                                      const AttributeValue& upper) const {
    return error(std::string{rule}
                     .append("; lower bound operand: AttributeValue: ")
                     .append(model::to_message_text(lower))
                     .append(", upper bound operand: AttributeValue: ")
                     .append(model::to_message_text(upper)));
  }

  [[nodiscard]] ApiError error(std::string_view detail) const { return expression_error(kind_, detail); }

  ExpressionKind kind_;
  Binder binder_;
};

class PathCollector {
 public:
  explicit PathCollector(const Bindings& bindings) : bindings_{bindings} {}

  void collect(const Condition& condition) {
    std::visit([this](const auto& alternative) { collect(alternative); }, condition.node);
  }
  std::vector<BoundPath> take() { return std::move(paths_); }

 private:
  void collect(const Operand& operand) {
    if (const auto* path = std::get_if<Path>(&operand.node)) paths_.push_back({path, &bindings_});
    if (const auto* call = std::get_if<FunctionCall>(&operand.node)) collect(*call);
  }
  void collect(const FunctionCall& call) {
    for (const auto& argument : call.arguments) collect(argument);
  }
  void collect(const Comparison& comparison) {
    collect(comparison.left);
    collect(comparison.right);
  }
  void collect(const Between& between) {
    collect(between.subject);
    collect(between.lower);
    collect(between.upper);
  }
  void collect(const In& in) {
    collect(in.subject);
    for (const auto& candidate : in.candidates) collect(candidate);
  }
  void collect(const Logical& logical) {
    for (const auto& condition : logical.conditions) collect(condition);
  }

  const Bindings& bindings_;
  std::vector<BoundPath> paths_;
};

}  // namespace

Result<ResolvedCondition> resolve_condition(std::shared_ptr<const ConditionAst> ast, Placeholders& placeholders) {
  ConditionResolver resolver{*ast, placeholders};
  TRY(resolver.resolve(ast->root));
  return ResolvedCondition{std::move(ast), resolver.take_bindings()};
}

Result<ResolvedCondition> resolve_condition(std::shared_ptr<const ConditionAst> ast, Bindings bound) {
  ConditionResolver resolver{*ast, std::move(bound)};
  TRY(resolver.resolve(ast->root));
  return ResolvedCondition{std::move(ast), resolver.take_bindings()};
}

std::vector<BoundPath> paths_of(const ResolvedCondition& condition) {
  PathCollector collector{condition.bindings};
  collector.collect(condition.ast->root);
  return collector.take();
}

std::vector<std::string_view> top_level_attributes(const ResolvedCondition& condition) {
  return distinct_top_levels(paths_of(condition));
}

Result<void> check_filters_no_key(const ResolvedCondition& filter, const model::KeySchema& queried,
                                  FilterParameter parameter) {
  // Inside the gate, and there may be many: telling them apart would cost more.
  for (const auto& path : paths_of(filter)) {
    const std::string_view name = path.top_level();
    if (!queried.contains(name)) continue;
    const std::string_view subject = parameter == FilterParameter::kQueryFilter ? "QueryFilter" : "Filter Expression";
    return base::validation_error(std::string{subject}
                                      .append(" can only contain non-primary key attributes: Primary key attribute: ")
                                      .append(name));
  }
  return {};
}

}  // namespace millrace::expression
