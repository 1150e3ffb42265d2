#include "server/expression/terms/function_checks.hpp"

#include <unordered_set>

#include "server/expression/syntax/parser_core.hpp"

namespace millrace::expression {
namespace {

using model::AttributeType;

std::size_t operand_count_of(Function function) {
  switch (function) {
    case Function::kAttributeExists:
    case Function::kAttributeNotExists:
    case Function::kSize: return 1;
    case Function::kAttributeType:
    case Function::kBeginsWith:
    case Function::kContains:
    case Function::kIfNotExists:
    case Function::kListAppend: break;
  }
  return 2;
}

}  // namespace

Result<void> check_operand_count(ExpressionKind kind, const FunctionCall& call) {
  if (call.arguments.size() == operand_count_of(call.function)) return {};
  return expression_error(kind,
                          std::string{"Incorrect number of operands for operator or function; operator or function: "}
                              .append(to_text(call.function))
                              .append(", number of operands: ")
                              .append(std::to_string(call.arguments.size())));
}

Result<void> check_document_path(ExpressionKind kind, const FunctionCall& call) {
  if (std::holds_alternative<Path>(call.arguments.front().node)) return {};
  return expression_error(kind,
                          std::string{"Operator or function requires a document path; operator or function: "}.append(
                              to_text(call.function)));
}

ApiError incorrect_operand_type(ExpressionKind kind, std::string_view operator_name, std::string_view type) {
  return expression_error(kind, std::string{"Incorrect operand type for operator or function; operator or function: "}
                                    .append(operator_name)
                                    .append(", operand type: ")
                                    .append(type));
}

ApiError incorrect_operand_type(ExpressionKind kind, std::string_view operator_name, AttributeType type) {
  return incorrect_operand_type(kind, operator_name, model::type_name(type));
}

const model::AttributeValue* literal_of(const Operand& operand, const Bindings& bindings) {
  const auto* slot = std::get_if<ValueSlot>(&operand.node);
  return slot != nullptr ? bindings.values[slot->number] : nullptr;
}

std::optional<AttributeType> type_named(std::string_view name) {
  for (const AttributeType type :
       {AttributeType::kS, AttributeType::kN, AttributeType::kB, AttributeType::kBool, AttributeType::kNull,
        AttributeType::kSs, AttributeType::kNs, AttributeType::kBs, AttributeType::kL, AttributeType::kM}) {
    if (model::type_name(type) == name) return type;
  }
  return std::nullopt;
}

std::vector<std::string_view> distinct_top_levels(std::span<const BoundPath> paths) {
  std::vector<std::string_view> names;
  std::unordered_set<std::string_view> seen;
  for (const auto& path : paths) {
    if (seen.insert(path.top_level()).second) names.push_back(path.top_level());
  }
  return names;
}

}  // namespace millrace::expression
