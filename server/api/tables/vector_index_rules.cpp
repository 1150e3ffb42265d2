#include "server/api/tables/vector_index_rules.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include "server/api/tables/index_rules.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;

constexpr std::size_t kMaxInlineFilters = 18;

Result<std::vector<model::SearchAttribute>> resolve_search_schema(const std::vector<SearchElementInput>& elements,
                                                                  const std::vector<model::KeyAttribute>& definitions) {
  std::vector<model::SearchAttribute> schema;
  std::set<std::string_view> names;
  std::size_t hashes = 0;
  for (const auto& element : elements) {
    const auto definition = std::ranges::find(definitions, *element.name, &model::KeyAttribute::name);
    if (definition == definitions.end()) {
      return invalid_parameter_values("One element in SearchSchema is not defined in attribute definitions");
    }
    if (!names.insert(*element.name).second) {
      return invalid_parameter_values("Duplicate AttributeName in SearchSchema: " + definition->name);
    }
    const auto role = *model::search_role_from(*element.role);
    if (role == model::SearchRole::kHash && ++hashes > 1) {
      return invalid_parameter_values("SearchSchema can have at most 1 HASH element");
    }
    if (role == model::SearchRole::kInlineFilter && schema.size() - hashes >= kMaxInlineFilters) {
      return invalid_parameter_values("SearchSchema can have at most 18 INLINE_FILTER elements");
    }
    schema.push_back({*definition, role});
  }
  return schema;
}

}  // namespace

ApiError conflicts_with_vector(const std::string& attribute) {
  return invalid_parameter_values("Conflicting attribute definition for '" + attribute +
                                  "'. An attribute cannot be defined in AttributeDefinitions when used as a "
                                  "VectorAttribute.");
}

Result<model::VectorIndexDefinition> resolve_vector_index(const VectorIndexInput& input,
                                                          const std::vector<model::KeyAttribute>& definitions) {
  model::VectorIndexDefinition index;
  index.name = *input.name;
  index.vector_attribute = *input.vector_attribute->name;
  index.dimensions = static_cast<std::size_t>(*input.dimensions);
  index.distance = *model::distance_function_from(*input.distance);
  if (std::ranges::find(definitions, index.vector_attribute, &model::KeyAttribute::name) != definitions.end()) {
    return conflicts_with_vector(index.vector_attribute);
  }
  if (input.search_schema) {
    TRY_ASSIGN(index.search_schema, resolve_search_schema(*input.search_schema, definitions));
  }
  TRY_ASSIGN(index.projection, resolve_projection_of(*input.projection));
  return index;
}

Result<void> check_may_have_vector_indexes(model::BillingMode mode) {
  if (mode == model::BillingMode::kPayPerRequest) return {};
  return invalid_parameter_values("Vector indexes are only supported for PAY_PER_REQUEST tables");
}

Result<void> check_same_dimensions(const std::vector<model::VectorIndexDefinition>& known,
                                   const model::VectorIndexDefinition& index) {
  const bool differs = std::ranges::any_of(known, [&index](const model::VectorIndexDefinition& other) {
    return other.vector_attribute == index.vector_attribute && other.dimensions != index.dimensions;
  });
  if (!differs) return {};
  return invalid_parameter_values("All vector indexes on attribute '" + index.vector_attribute +
                                  "' must have the same Dimensions");
}

}  // namespace millrace::api
