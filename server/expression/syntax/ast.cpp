#include "server/expression/syntax/ast.hpp"

namespace millrace::expression {

std::string_view member_name(ExpressionKind kind) {
  static constexpr std::string_view kNames[] = {"ConditionExpression",
                                                "FilterExpression",
                                                "KeyConditionExpression",
                                                "SearchConditionExpression",
                                                "UpdateExpression",
                                                "ProjectionExpression",
                                                "Statement"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view to_text(Function function) {
  static constexpr std::string_view kNames[] = {
      "attribute_exists", "attribute_not_exists", "attribute_type", "begins_with", "contains", "size",
      "if_not_exists",    "list_append"};
  return kNames[static_cast<std::size_t>(function)];
}

std::string_view to_text(Comparator comparator) {
  static constexpr std::string_view kNames[] = {"=", "<>", "<", "<=", ">", ">="};
  return kNames[static_cast<std::size_t>(comparator)];
}

std::string_view to_text(LogicalOperator op) {
  static constexpr std::string_view kNames[] = {"AND", "OR", "NOT"};
  return kNames[static_cast<std::size_t>(op)];
}

bool operator==(const FunctionCall& left, const FunctionCall& right) {
  return left.function == right.function && left.arguments == right.arguments;
}

bool operator==(const Logical& left, const Logical& right) {
  return left.op == right.op && left.conditions == right.conditions;
}

const Path& target_of(const UpdateAction& action) {
  return std::visit([](const auto& alternative) -> const Path& { return alternative.target; }, action);
}

}  // namespace millrace::expression
