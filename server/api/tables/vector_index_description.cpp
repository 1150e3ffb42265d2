#include "server/api/tables/vector_index_description.hpp"

namespace millrace::api {
namespace {

using json::ObjectWriter;

void write_vector_index_definition(ObjectWriter& writer, const model::VectorIndexDefinition& index) {
  writer.string("IndexName", index.name);
  if (!index.search_schema.empty()) {
    std::string& out = writer.key("SearchSchema");
    json::append_list(out, index.search_schema, [&out](const model::SearchAttribute& element) {
      ObjectWriter member{out};
      member.string("AttributeName", element.attribute.name);
      member.string("SearchSchemaElementType", model::to_text(element.role));
      member.finish();
    });
  }
  append_projection(writer.key("Projection"), index.projection);
  ObjectWriter attribute{writer.key("VectorAttribute")};
  attribute.string("AttributeName", index.vector_attribute);
  attribute.finish();
  writer.integer("Dimensions", static_cast<std::int64_t>(index.dimensions));
  writer.string("DistanceFunction", model::to_text(index.distance));
}

}  // namespace

void write_vector_indexes(ObjectWriter& writer, const TableDescription& table) {
  if (table.vector_indexes.empty()) return;
  std::string& out = writer.key("VectorIndexes");
  std::size_t at = 0;
  json::append_list(out, table.vector_indexes, [&](const IndexState& state) {
    const auto& index = table.definition.vector_indexes[at++];
    ObjectWriter description{out};
    write_vector_index_definition(description, index);
    description.string("IndexStatus", model::to_text(state.status));
    if (state.backfilling) description.boolean("Backfilling", *state.backfilling);
    description.integer("IndexSizeBytes", state.statistics.item_bytes);
    description.integer("ItemCount", state.statistics.row_count);
    description.string("IndexArn", model::index_arn(table.definition.arn, index.name));
    description.finish();
  });
}

void write_vector_index_infos(ObjectWriter& writer, const model::TableDefinition& table) {
  if (table.vector_indexes.empty()) return;
  std::string& out = writer.key("VectorIndexes");
  json::append_list(out, table.vector_indexes, [&out](const model::VectorIndexDefinition& index) {
    ObjectWriter info{out};
    write_vector_index_definition(info, index);
    info.finish();
  });
}

}  // namespace millrace::api
