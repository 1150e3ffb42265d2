#include "server/api/item_projection.hpp"

#include <utility>

#include "server/json/attribute_value_json.hpp"

namespace millrace::api {

Result<expression::ResolvedProjection> resolve_projection(expression::ExpressionCache& expressions,
                                                          std::string_view text,
                                                          expression::Placeholders& placeholders) {
  TRY_ASSIGN(auto ast, expressions.projection(text));
  return expression::resolve_projection(std::move(ast), placeholders);
}

std::string shown_json(const ItemProjection& projection, json::Parser& parser, std::string item_json) {
  if (!projection) return item_json;
  return json::to_json(expression::project(*projection, json::read_stored_item(parser, item_json)));
}

}  // namespace millrace::api
