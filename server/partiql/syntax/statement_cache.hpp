// Remembers parsed statements by their text, as expression::ExpressionCache does expressions. A statement with
// parameters is one text, whatever they are.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast_cache.hpp"
#include "server/partiql/syntax/ast.hpp"

namespace millrace::partiql {

class StatementCache {
 public:
  /// Some 800 statements of a line, or three of 8 KB.
  static constexpr std::size_t kDefaultCapacity = std::size_t{2} << 20U;

  explicit StatementCache(std::size_t capacity_bytes = kDefaultCapacity) : statements_{capacity_bytes} {}
  StatementCache(const StatementCache&) = delete;
  StatementCache& operator=(const StatementCache&) = delete;

  /// As parse_statement(), errors included. The statement is shared and immutable; it lives as long as anyone holds it.
  [[nodiscard]] Result<std::shared_ptr<const Statement>> get(std::string_view text);

  /// Number of texts held.
  [[nodiscard]] std::size_t size() const { return statements_.size(); }

 private:
  expression::AstCache<Statement> statements_;
};

}  // namespace millrace::partiql
