// Text -> AST. Pure functions over the text alone: placeholders are looked at when an expression is resolved.
//
// Errors are ValidationExceptions that begin `Invalid XExpression: `, without the envelope of PutItem and UpdateItem
// (base::in_wording() adds it). Which error wins: length, empty, syntax, then per kind as API reference 5.3 says. The
// recursion is bounded (kMaxParseDepth), so no text can exhaust the stack.
#pragma once

#include <string_view>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"

namespace millrace::expression {

/// Parses a condition. `kind` is kCondition, kFilter, kKeyCondition or kSearchCondition: all have one grammar, and the
/// kind is the prefix of the error texts. What a key condition may not say is checked by translate_key_condition().
[[nodiscard]] Result<ConditionAst> parse_condition(ExpressionKind kind, std::string_view text);

[[nodiscard]] Result<UpdateAst> parse_update(std::string_view text);

[[nodiscard]] Result<ProjectionAst> parse_projection(std::string_view text);

}  // namespace millrace::expression
