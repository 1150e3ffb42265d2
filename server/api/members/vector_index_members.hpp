// A vector index as requests give it, and its table of members (API reference, 3.13 and Appendix B). What its parts
// mean together is checked in tables/vector_index_rules.hpp.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "server/api/members/table_members.hpp"

namespace millrace::api {

struct SearchElementInput {
  OptionalText name;
  OptionalText role;
};
struct VectorAttributeInput {
  OptionalText name;
};
struct VectorIndexInput {
  OptionalText name;
  std::optional<VectorAttributeInput> vector_attribute;
  std::optional<std::vector<SearchElementInput>> search_schema;
  std::optional<ProjectionInput> projection;
  std::optional<std::int64_t> dimensions;
  OptionalText distance;
};

namespace of_tables {

inline constexpr std::array<std::string_view, 3> kDistanceFunctions{"COSINE", "DOT_PRODUCT", "EUCLIDEAN"};
inline constexpr std::array<std::string_view, 2> kSearchRoles{"HASH", "INLINE_FILTER"};

inline constexpr MemberTable kSearchElement{
    "SearchSchemaElement",
    row(&SearchElementInput::name, {.name = "AttributeName", .presence = kRequired, .bounds = kAttributeName}),
    row(&SearchElementInput::role, {.name = "SearchSchemaElementType", .presence = kRequired, .values = kSearchRoles}),
};
inline constexpr MemberTable kVectorAttribute{
    "VectorAttributeDefinition",
    row(&VectorAttributeInput::name, {.name = "AttributeName", .presence = kRequired, .bounds = kAttributeName}),
};
/// `structure` is its name in AWS's model: an index of CreateTable, or the action of UpdateTable.
constexpr auto vector_index(std::string_view structure) {
  return MemberTable{
      structure,
      row(&VectorIndexInput::name, kIndexName),
      row_of<kVectorAttribute>(&VectorIndexInput::vector_attribute, {.name = "VectorAttribute", .presence = kRequired}),
      rows_of<kSearchElement>(&VectorIndexInput::search_schema, {.name = "SearchSchema"}),
      row_of<kProjection>(&VectorIndexInput::projection, {.name = "Projection", .presence = kRequired}),
      row(&VectorIndexInput::dimensions,
          {.name = "Dimensions", .presence = kRequired, .bounds = {1, model::VectorIndexDefinition::kMaxDimensions}}),
      row(&VectorIndexInput::distance,
          {.name = "DistanceFunction", .presence = kRequired, .values = kDistanceFunctions}),
  };
}
inline constexpr auto kVectorIndex = vector_index("VectorIndex");

}  // namespace of_tables

}  // namespace millrace::api
