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

/// ProjectionExpression.
Result<expression::ResolvedProjection> resolve_projection(expression::ExpressionCache& expressions,
                                                          std::string_view text,
                                                          expression::Placeholders& placeholders);

}  // namespace millrace::api
