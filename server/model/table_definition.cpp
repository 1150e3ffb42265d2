#include "server/model/table_definition.hpp"

#include <algorithm>
#include <array>

namespace millrace::model {
namespace {

constexpr std::array<std::string_view, 4> kTableStatuses{"CREATING", "UPDATING", "DELETING", "ACTIVE"};
constexpr std::array<std::string_view, 2> kBillingModes{"PROVISIONED", "PAY_PER_REQUEST"};
constexpr std::array<std::string_view, 3> kProjectionTypes{"ALL", "KEYS_ONLY", "INCLUDE"};
constexpr std::array<std::string_view, 4> kStreamViewTypes{"NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES", "KEYS_ONLY"};

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

std::string_view to_text(TableStatus status) { return kTableStatuses.at(static_cast<std::size_t>(status)); }
std::string_view to_text(BillingMode mode) { return kBillingModes.at(static_cast<std::size_t>(mode)); }
std::string_view to_text(ProjectionType type) { return kProjectionTypes.at(static_cast<std::size_t>(type)); }
std::string_view to_text(StreamViewType view) { return kStreamViewTypes.at(static_cast<std::size_t>(view)); }

std::optional<StreamViewType> stream_view_type_from(std::string_view text) {
  return parse<StreamViewType>(kStreamViewTypes, text);
}
std::optional<ProjectionType> projection_type_from(std::string_view text) {
  return parse<ProjectionType>(kProjectionTypes, text);
}

}  // namespace millrace::model
