#include "server/api/item_projection.hpp"

#include <utility>

#include "server/json/attribute_value_json.hpp"

namespace millrace::api {

Result<void> resolve_attributes_to_get(ItemProjection& into, std::vector<std::string> names) {
  into.attributes_to_get = std::move(names);
  TRY_ASSIGN(into.projection, expression::resolve_attributes_to_get(into.attributes_to_get));
  return {};
}

Result<void> resolve_projection(ItemProjection& into, expression::ExpressionCache& expressions, std::string_view text,
                                expression::Placeholders& placeholders) {
  TRY_ASSIGN(auto ast, expressions.projection(text));
  TRY_ASSIGN(into.projection, expression::resolve_projection(std::move(ast), placeholders));
  return {};
}

std::string shown_json(const ItemProjection& projection, json::Parser& parser, std::string item_json) {
  if (!projection.projection) return item_json;
  return json::to_json(expression::project(*projection.projection, json::read_stored_item(parser, item_json)));
}

}  // namespace millrace::api
