#include "server/plan/item_projection.hpp"

#include "server/json/attribute_value_json.hpp"

namespace millrace::plan {

std::string shown_json(const ItemProjection& projection, json::Parser& parser, std::string item_json) {
  if (!projection) return item_json;
  return json::to_json(expression::project(*projection, json::read_stored_item(parser, item_json)));
}

}  // namespace millrace::plan
