// Checks that conditions and updates share: operands of functions, known before any item is read. Internal to
// server/expression.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::expression {

/// "Incorrect number of operands for operator or function; …".
Result<void> check_operand_count(ExpressionKind kind, const FunctionCall& call);

/// "Operator or function requires a document path; …" unless the first operand is one.
Result<void> check_document_path(ExpressionKind kind, const FunctionCall& call);

/// "Incorrect operand type for operator or function; operator or function: <, operand type: BOOL".
ApiError incorrect_operand_type(ExpressionKind kind, std::string_view operator_name, std::string_view type);
ApiError incorrect_operand_type(ExpressionKind kind, std::string_view operator_name, model::AttributeType type);

/// The value an operand stands for when it is a `:value`, else null.
const model::AttributeValue* literal_of(const Operand& operand, const Bindings& bindings);

/// The type that attribute_type() calls `name`.
std::optional<model::AttributeType> type_named(std::string_view name);

/// The attributes in which the paths begin, each once, in their order.
std::vector<std::string_view> distinct_top_levels(std::span<const BoundPath> paths);

}  // namespace millrace::expression
