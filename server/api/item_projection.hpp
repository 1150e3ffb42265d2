// ProjectionExpression and its forerunner AttributesToGet: which parts of items an answer shows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/request_members.hpp"
#include "server/base/result.hpp"
#include "server/expression/expression_cache.hpp"
#include "server/expression/projection.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

/// `projection` refers to `attributes_to_get` or to the request's placeholders.
struct ItemProjection {
  std::vector<std::string> attributes_to_get;
  std::optional<expression::ResolvedProjection> projection;  ///< empty: the whole item
};

/// AttributesToGet. Errors: a name given twice.
Result<void> resolve_attributes_to_get(ItemProjection& into, std::vector<std::string> names);
/// ProjectionExpression.
Result<void> resolve_projection(ItemProjection& into, expression::ExpressionCache& expressions, std::string_view text,
                                expression::Placeholders& placeholders);

/// What an answer shows of a stored item. Without a projection that is the stored text, moved; no tree is built.
std::string shown_json(const ItemProjection& projection, json::Parser& parser, std::string item_json);

}  // namespace millrace::api
