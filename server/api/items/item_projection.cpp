#include "server/api/items/item_projection.hpp"

#include <utility>

namespace millrace::api {

Result<expression::ResolvedProjection> resolve_projection(expression::ExpressionCache& expressions,
                                                          std::string_view text,
                                                          expression::Placeholders& placeholders) {
  TRY_ASSIGN(auto ast, expressions.projection(text));
  return expression::resolve_projection(std::move(ast), placeholders);
}

}  // namespace millrace::api
