// Remembers parsed expressions by their text (ast_cache.hpp), each kind with a bound of its own.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/ast_cache.hpp"

namespace millrace::expression {

class ExpressionCache {
 public:
  /// Some 800 texts of a line, or six of 4 KB, of each of the six kinds: 8 MB in all.
  static constexpr std::size_t kDefaultCapacity = (std::size_t{8} << 20U) / 6;

  explicit ExpressionCache(std::size_t bytes_per_kind = kDefaultCapacity);
  ExpressionCache(const ExpressionCache&) = delete;
  ExpressionCache& operator=(const ExpressionCache&) = delete;

  /// As parse_condition(), parse_update() and parse_projection(), errors included. The AST is shared and immutable; it
  /// lives as long as anyone holds it.
  [[nodiscard]] Result<std::shared_ptr<const ConditionAst>> condition(ExpressionKind kind, std::string_view text);
  [[nodiscard]] Result<std::shared_ptr<const UpdateAst>> update(std::string_view text);
  [[nodiscard]] Result<std::shared_ptr<const ProjectionAst>> projection(std::string_view text);

  /// Number of texts held, of all kinds.
  [[nodiscard]] std::size_t size() const;

 private:
  AstCache<ConditionAst> conditions_;
  AstCache<ConditionAst> filters_;
  AstCache<ConditionAst> key_conditions_;
  AstCache<ConditionAst> search_conditions_;
  AstCache<UpdateAst> updates_;
  AstCache<ProjectionAst> projections_;
};

}  // namespace millrace::expression
