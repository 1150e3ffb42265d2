// ProjectionExpression and its forerunner AttributesToGet: which parts of items an answer shows.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/api/request_members.hpp"
#include "server/base/result.hpp"
#include "server/expression/expression_cache.hpp"
#include "server/expression/projection.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

/// Empty: the whole item.
using ItemProjection = std::optional<expression::ResolvedProjection>;

/// ProjectionExpression.
Result<expression::ResolvedProjection> resolve_projection(expression::ExpressionCache& expressions,
                                                          std::string_view text,
                                                          expression::Placeholders& placeholders);

/// What an answer shows of a stored item. Without a projection that is the stored text, moved; no tree is built.
std::string shown_json(const ItemProjection& projection, json::Parser& parser, std::string item_json);

}  // namespace millrace::api
