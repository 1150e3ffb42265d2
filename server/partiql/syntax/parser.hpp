// Statement text -> AST. A pure function over the text alone: parameters are looked at when a statement is bound.
//
// Errors are ValidationExceptions, most of them `Statement wasn't well formed, can't be processed: ` and a detail. The
// first one ends the parse. The recursion is bounded (kMaxDepth), so no text can exhaust the stack.
#pragma once

#include <string_view>

#include "server/base/result.hpp"
#include "server/partiql/syntax/ast.hpp"

namespace millrace::partiql {

/// The length of the text is the caller's to check.
[[nodiscard]] Result<Statement> parse_statement(std::string_view text);

}  // namespace millrace::partiql
