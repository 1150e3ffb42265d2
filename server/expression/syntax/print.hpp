// AST -> text. For logs and tests: parsing the text gives the same AST again (unless it outgrew 4096 bytes).
#pragma once

#include <string>

#include "server/expression/syntax/ast.hpp"

namespace millrace::expression {

[[nodiscard]] std::string to_text(const ConditionAst& ast);
[[nodiscard]] std::string to_text(const UpdateAst& ast);
[[nodiscard]] std::string to_text(const ProjectionAst& ast);

}  // namespace millrace::expression
