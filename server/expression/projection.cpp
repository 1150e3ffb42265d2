#include "server/expression/projection.hpp"

#include <algorithm>
#include <string>
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

/// Under what SELECT shows the end of a path: its last name, and the places in lists behind that.
std::string label_of(const BoundPath& path) {
  const auto& elements = path.path->elements;
  const auto is_name = [](const PathElement& element) { return !std::holds_alternative<ListIndex>(element); };
  const auto name = std::find_if(elements.rbegin(), elements.rend(), is_name);
  std::string label{name_at(*name, *path.bindings)};
  for (auto index = name.base(); index != elements.end(); ++index) {
    label.append("[").append(std::to_string(std::get<ListIndex>(*index).position)).append("]");
  }
  return label;
}

model::Item flattened(const model::Item& item, const std::vector<BoundPath>& paths) {
  model::AttributeMapBuilder shown;
  for (const auto& path : paths) {
    if (const auto* value = find_at(item, *path.path, *path.bindings)) shown.append(label_of(path)) = *value;
  }
  return std::move(shown).build();
}

}  // namespace

Result<ResolvedProjection> resolve_projection(std::shared_ptr<const ProjectionAst> ast, Placeholders& placeholders) {
  Binder binder{ExpressionKind::kProjection, ast->placeholders, placeholders};
  TRY(binder.bind_names());
  TRY(check_paths_apart(ExpressionKind::kProjection, bind_paths(*ast, binder.bindings())));
  return ResolvedProjection{std::move(ast), binder.take()};
}

model::Item project(const ResolvedProjection& projection, const model::Item& item) {
  if (projection.shape == ResolvedProjection::Shape::kFlat) return flattened(item, paths_of(projection));
  return cut_out(item, paths_of(projection));
}

std::vector<BoundPath> paths_of(const ResolvedProjection& projection) {
  return bind_paths(*projection.ast, projection.bindings);
}

std::vector<std::string_view> top_level_attributes(const ResolvedProjection& projection) {
  return distinct_top_levels(paths_of(projection));
}

}  // namespace millrace::expression
