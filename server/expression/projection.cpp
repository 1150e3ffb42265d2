#include "server/expression/projection.hpp"

#include <utility>

#include "server/expression/terms/binder.hpp"
#include "server/expression/terms/document_path.hpp"
#include "server/expression/terms/function_checks.hpp"

namespace millrace::expression {
namespace {

std::vector<BoundPath> bind_paths(const ProjectionAst& ast, const Bindings& bindings) {
  std::vector<BoundPath> paths;
  paths.reserve(ast.paths.size());
  for (const auto& path : ast.paths) paths.push_back({&path, &bindings});
  return paths;
}

}  // namespace

Result<ResolvedProjection> resolve_projection(std::shared_ptr<const ProjectionAst> ast, Placeholders& placeholders) {
  Binder binder{ExpressionKind::kProjection, ast->placeholders, placeholders};
  TRY(binder.bind_names());
  TRY(check_paths_apart(ExpressionKind::kProjection, bind_paths(*ast, binder.bindings())));
  return ResolvedProjection{std::move(ast), binder.take()};
}

model::Item project(const ResolvedProjection& projection, const model::Item& item) {
  return cut_out(item, paths_of(projection));
}

std::vector<BoundPath> paths_of(const ResolvedProjection& projection) {
  return bind_paths(*projection.ast, projection.bindings);
}

std::vector<std::string_view> top_level_attributes(const ResolvedProjection& projection) {
  return distinct_top_levels(paths_of(projection));
}

}  // namespace millrace::expression
