#include "server/model/table_definition.hpp"

#include <algorithm>
#include <array>

namespace millrace::model {
namespace {

constexpr std::array<std::string_view, 4> kTableStatuses{"CREATING", "UPDATING", "DELETING", "ACTIVE"};
constexpr std::array<std::string_view, 2> kBillingModes{"PROVISIONED", "PAY_PER_REQUEST"};
constexpr std::array<std::string_view, 3> kProjectionTypes{"ALL", "KEYS_ONLY", "INCLUDE"};
constexpr std::array<std::string_view, 4> kStreamViewTypes{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"};
constexpr std::array<std::string_view, 3> kDistanceFunctions{"COSINE", "DOT_PRODUCT", "EUCLIDEAN"};
constexpr std::array<std::string_view, 2> kSearchRoles{"HASH", "INLINE_FILTER"};

template <class Enum, std::size_t N>
std::optional<Enum> parse(const std::array<std::string_view, N>& names, std::string_view text) {
  const auto found = std::find(names.begin(), names.end(), text);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

}  // namespace

const IndexDefinition* TableDefinition::find_index(std::string_view index_name) const {
  const auto found = std::find_if(indexes.begin(), indexes.end(),
                                  [index_name](const IndexDefinition& index) { return index.name == index_name; });
  return found == indexes.end() ? nullptr : &*found;
}

const VectorIndexDefinition* TableDefinition::find_vector_index(std::string_view index_name) const {
  const auto found = std::ranges::find(vector_indexes, index_name, &VectorIndexDefinition::name);
  return found == vector_indexes.end() ? nullptr : &*found;
}

TableStatus TableDefinition::status_now() const {
  if (transition) return transition->status;
  if (is_being_filled()) return TableStatus::kCreating;
  return std::ranges::any_of(vector_indexes, &VectorIndexDefinition::is_allocating) ? TableStatus::kUpdating : status;
}

bool TableDefinition::has_backfilling_index() const {
  return std::ranges::any_of(indexes, &IndexDefinition::is_backfilling) ||
         std::ranges::any_of(vector_indexes, &VectorIndexDefinition::is_backfilling);
}

void TableDefinition::add_defined_names(std::vector<std::string_view>& names) const {
  add_key_names(names, key_schema);
  for (const auto& index : indexes) add_key_names(names, index.key_schema);
  for (const auto& index : vector_indexes) {
    for (const auto& [attribute, role] : index.search_schema) {
      if (std::ranges::find(names, attribute.name) == names.end()) names.emplace_back(attribute.name);
    }
  }
}

const KeyAttribute* VectorIndexDefinition::hash() const {
  const auto found = std::ranges::find(search_schema, SearchRole::kHash, &SearchAttribute::role);
  return found == search_schema.end() ? nullptr : &found->attribute;
}

const SearchAttribute* VectorIndexDefinition::find_search_attribute(std::string_view attribute_name) const {
  const auto found = std::ranges::find_if(
      search_schema, [attribute_name](const SearchAttribute& known) { return known.attribute.name == attribute_name; });
  return found == search_schema.end() ? nullptr : &*found;
}

std::string_view to_text(TableStatus status) { return kTableStatuses.at(static_cast<std::size_t>(status)); }
std::string_view to_text(BillingMode mode) { return kBillingModes.at(static_cast<std::size_t>(mode)); }
std::string_view to_text(ProjectionType type) { return kProjectionTypes.at(static_cast<std::size_t>(type)); }
std::string_view to_text(DistanceFunction function) {
  return kDistanceFunctions.at(static_cast<std::size_t>(function));
}
std::string_view to_text(SearchRole role) { return kSearchRoles.at(static_cast<std::size_t>(role)); }
std::string_view to_text(StreamViewType view) { return kStreamViewTypes.at(static_cast<std::size_t>(view)); }

std::optional<StreamViewType> stream_view_type_from(std::string_view text) {
  return parse<StreamViewType>(kStreamViewTypes, text);
}
std::optional<DistanceFunction> distance_function_from(std::string_view text) {
  return parse<DistanceFunction>(kDistanceFunctions, text);
}
std::optional<SearchRole> search_role_from(std::string_view text) { return parse<SearchRole>(kSearchRoles, text); }
std::optional<ProjectionType> projection_type_from(std::string_view text) {
  return parse<ProjectionType>(kProjectionTypes, text);
}

}  // namespace millrace::model
