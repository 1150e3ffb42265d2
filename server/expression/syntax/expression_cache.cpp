#include "server/expression/syntax/expression_cache.hpp"

#include "server/expression/syntax/parser.hpp"

namespace millrace::expression {

ExpressionCache::ExpressionCache(std::size_t bytes_per_kind)
    : conditions_{bytes_per_kind},
      filters_{bytes_per_kind},
      key_conditions_{bytes_per_kind},
      search_conditions_{bytes_per_kind},
      updates_{bytes_per_kind},
      projections_{bytes_per_kind} {}

Result<std::shared_ptr<const ConditionAst>> ExpressionCache::condition(ExpressionKind kind, std::string_view text) {
  auto& cache = kind == ExpressionKind::kFilter            ? filters_
                : kind == ExpressionKind::kKeyCondition    ? key_conditions_
                : kind == ExpressionKind::kSearchCondition ? search_conditions_
                                                           : conditions_;
  return cache.get(text, [kind](std::string_view unknown) { return parse_condition(kind, unknown); });
}

Result<std::shared_ptr<const UpdateAst>> ExpressionCache::update(std::string_view text) {
  return updates_.get(text, parse_update);
}

Result<std::shared_ptr<const ProjectionAst>> ExpressionCache::projection(std::string_view text) {
  return projections_.get(text, parse_projection);
}

std::size_t ExpressionCache::size() const {
  return conditions_.size() + filters_.size() + key_conditions_.size() + search_conditions_.size() + updates_.size() +
         projections_.size();
}

}  // namespace millrace::expression
