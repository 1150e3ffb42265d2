#include "server/catalog/vector_index_document.hpp"

#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "server/catalog/definition_parts.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::catalog {
namespace {

void append_vector_index(std::string& out, const model::VectorIndexDefinition& index) {
  millrace::json::ObjectWriter writer{out};
  writer.string("name", index.name);
  writer.string("vectorAttribute", index.vector_attribute);
  writer.integer("dimensions", static_cast<std::int64_t>(index.dimensions));
  writer.string("distance", model::to_text(index.distance));
  millrace::json::append_list(writer.key("searchSchema"), index.search_schema,
                              [&out](const model::SearchAttribute& element) {
                                millrace::json::ObjectWriter member{out};
                                member.string("name", element.attribute.name);
                                member.string("type", model::type_name(element.attribute.type));
                                member.string("role", model::to_text(element.role));
                                member.finish();
                              });
  append_projection(writer.key("projection"), index.projection);
  writer.integer("keyspace", index.keyspace);
  if (index.is_allocating) writer.boolean("allocating", true);
  if (index.backfill_from) writer.string("backfillFrom", to_hex(*index.backfill_from));
  writer.finish();
}

model::SearchAttribute search_attribute_from(const nlohmann::json& value) {
  const auto role = model::search_role_from(value.at("role").get<std::string>());
  if (!role) throw std::runtime_error("no role of a search attribute");
  return {{value.at("name").get<std::string>(), key_type_from(value.at("type").get<std::string>())}, *role};
}

model::VectorIndexDefinition vector_index_from(const nlohmann::json& value) {
  model::VectorIndexDefinition index;
  index.name = value.at("name").get<std::string>();
  index.vector_attribute = value.at("vectorAttribute").get<std::string>();
  const auto dimensions = value.at("dimensions").get<std::int64_t>();
  if (dimensions < 1 || dimensions > model::VectorIndexDefinition::kMaxDimensions) {
    throw std::runtime_error("no number of dimensions");
  }
  index.dimensions = static_cast<std::size_t>(dimensions);
  const auto distance = model::distance_function_from(value.at("distance").get<std::string>());
  if (!distance) throw std::runtime_error("no distance function");
  index.distance = *distance;
  for (const auto& element : value.at("searchSchema")) index.search_schema.push_back(search_attribute_from(element));
  index.projection = projection_from(value.at("projection"));
  index.keyspace = value.at("keyspace").get<model::KeyspaceId>();
  index.is_allocating = value.value("allocating", false);
  if (const auto from = value.find("backfillFrom"); from != value.end()) {
    index.backfill_from = from_hex(from->get<std::string>());
  }
  return index;
}

}  // namespace

void append_vector_indexes(std::string& out, const std::vector<model::VectorIndexDefinition>& indexes) {
  millrace::json::append_list(out, indexes,
                              [&out](const model::VectorIndexDefinition& index) { append_vector_index(out, index); });
}

std::vector<model::VectorIndexDefinition> vector_indexes_from(const nlohmann::json& list) {
  std::vector<model::VectorIndexDefinition> indexes;
  for (const auto& value : list) indexes.push_back(vector_index_from(value));
  return indexes;
}

}  // namespace millrace::catalog
