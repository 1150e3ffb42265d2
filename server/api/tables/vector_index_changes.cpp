#include "server/api/tables/vector_index_changes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "server/api/tables/index_rules.hpp"
#include "server/api/tables/vector_index_rules.hpp"

namespace millrace::api {
namespace {

using base::invalid_parameter_values;
using base::validation_error;

ApiError in_use(std::string_view why) {
  return {ErrorKind::kResourceInUse, fmt::format("Attempt to change a resource which is still in use: {}", why)};
}

Result<void> check_name_is_free(const model::TableDefinition& table, const std::string& name) {
  const auto* const known = table.find_vector_index(name);
  if (known != nullptr && known->is_backfilling()) {
    return in_use(fmt::format("Index is being created.  Table: {} Index: {}", table.name, name));
  }
  if (known == nullptr && table.find_index(name) == nullptr) return {};
  return validation_error("Attempting to create an index which already exists");
}

/// An attribute that the table knows already, as messages show it: `Schema:[SchemaElement: key{x:S:HASH}]`.
struct KnownAttribute {
  model::AttributeType type;
  std::string text;
};

std::optional<KnownAttribute> find_in_key(const model::KeySchema& schema, std::string_view name) {
  for (const auto& [keys, role] : {std::pair{&schema.hash, "HASH"}, std::pair{&schema.range, "RANGE"}}) {
    const auto found = std::ranges::find(*keys, name, &model::KeyAttribute::name);
    if (found == keys->end()) continue;
    return KnownAttribute{
        found->type, fmt::format("Schema:[SchemaElement: key{{{}:{}:{}}}]", name, model::type_name(found->type), role)};
  }
  return std::nullopt;
}

std::string search_schema_text(const model::SearchAttribute& element) {
  return fmt::format("VectorIndexSchema:[SearchSchemaElement: key{{{}:{}:{}}}]", element.attribute.name,
                     model::type_name(element.attribute.type), model::to_text(element.role));
}

std::string vector_text(const model::VectorIndexDefinition& index) {
  return fmt::format("VectorIndexSchema:[VectorAttribute: key{{{}:L:{}}}]", index.vector_attribute, index.dimensions);
}

std::optional<KnownAttribute> find_known(const model::TableDefinition& table, std::string_view name) {
  if (auto found = find_in_key(table.key_schema, name)) return found;
  for (const auto& index : table.indexes) {
    if (auto found = find_in_key(index.key_schema, name)) return found;
  }
  for (const auto& index : table.vector_indexes) {
    if (index.vector_attribute == name) return KnownAttribute{model::AttributeType::kL, vector_text(index)};
    if (const auto* const element = index.find_search_attribute(name)) {
      return KnownAttribute{element->attribute.type, search_schema_text(*element)};
    }
  }
  return std::nullopt;
}

Result<void> check_not_redefined(const model::TableDefinition& table, std::string_view name, model::AttributeType type,
                                 std::string_view new_text) {
  const auto known = find_known(table, name);
  if (!known || known->type == type) return {};
  return invalid_parameter_values(
      fmt::format("Attributes cannot be redefined. Please check that your attribute has the same type as previously "
                  "defined. Existing schema: {} New schema: {}",
                  known->text, new_text));
}

Result<void> plan_creation_of(model::TableDefinition& table, const VectorIndexInput& input,
                              const std::vector<model::KeyAttribute>& definitions) {
  TRY(check_may_have_vector_indexes(table.billing_mode));
  TRY(check_name_is_free(table, std::string{*input.name}));
  TRY_ASSIGN(auto index, resolve_vector_index(input, definitions));
  TRY(check_not_redefined(table, index.vector_attribute, model::AttributeType::kL, vector_text(index)));
  for (const auto& element : index.search_schema) {
    TRY(check_not_redefined(table, element.attribute.name, element.attribute.type, search_schema_text(element)));
  }
  TRY(check_same_dimensions(table.vector_indexes, index));
  if (table.vector_indexes.size() >= kMaxVectorIndexes) {
    return ApiError{ErrorKind::kLimitExceeded,
                    "Subscriber limit exceeded: Number of vector secondary indexes exceeds per-table limit of 5"};
  }
  if (table.has_backfilling_index()) return one_online_index();
  table.vector_indexes.push_back(std::move(index));
  return check_projected_attributes(table);
}

Result<model::VectorIndexDefinition> plan_deletion_of(model::TableDefinition& table, std::string_view name) {
  const auto found = std::ranges::find(table.vector_indexes, name, &model::VectorIndexDefinition::name);
  if (found == table.vector_indexes.end()) return base::resource_not_found();
  if (found->is_allocating) {
    return in_use(
        fmt::format("Index creation is in resource allocation phase. Retry deletion during backfilling phase or when "
                    "the index is active. Table: {} Index: {}",
                    table.name, name));
  }
  auto deleted = std::move(*found);
  table.vector_indexes.erase(found);
  return deleted;
}

}  // namespace

Result<void> check_vector_index_updates(const std::vector<VectorIndexUpdateInput>& updates) {
  std::set<std::string_view> names;
  for (const auto& update : updates) {
    if (update.create && update.erase) {
      return invalid_parameter_values("Only one vector index action is allowed per VectorIndexUpdate object");
    }
    const auto& action = update.create ? update.create : update.erase;
    if (!action) {
      return invalid_parameter_values("One of VectorIndexUpdate.Create, VectorIndexUpdate.Delete must not be null");
    }
    if (!names.insert(*action->name).second) {
      return invalid_parameter_values(
          fmt::format("Only one vector index update per index is allowed simultaneously. Index: {}", *action->name));
    }
  }
  return {};
}

Result<VectorIndexChange> plan_vector_index_update(model::TableDefinition& table, const VectorIndexUpdateInput& update,
                                                   const std::vector<model::KeyAttribute>& definitions) {
  VectorIndexChange change;
  if (update.create) {
    TRY(plan_creation_of(table, *update.create, definitions));
    change.creates = true;
  } else {
    TRY_ASSIGN(change.deleted, plan_deletion_of(table, *update.erase->name));
  }
  return change;
}

Result<void> check_defines_no_vector(const model::TableDefinition& table,
                                     const std::vector<model::KeyAttribute>& definitions) {
  for (const auto& index : table.vector_indexes) {
    if (std::ranges::find(definitions, index.vector_attribute, &model::KeyAttribute::name) != definitions.end()) {
      return conflicts_with_vector(index.vector_attribute);
    }
  }
  return {};
}

}  // namespace millrace::api
