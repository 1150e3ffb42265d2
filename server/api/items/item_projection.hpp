// ProjectionExpression: from its text to what server/plan shows of an item.
#pragma once

#include <string_view>

#include "server/base/result.hpp"
#include "server/expression/projection.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/expression/syntax/placeholders.hpp"

namespace millrace::api {

/// Errors: those of parsing `text` and of its placeholders (API reference, 5.3).
Result<expression::ResolvedProjection> resolve_projection(expression::ExpressionCache& expressions,
                                                          std::string_view text,
                                                          expression::Placeholders& placeholders);

}  // namespace millrace::api
