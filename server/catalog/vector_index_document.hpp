// The vector indexes of a table's document, and back. What reads throws, as definition_parts.hpp says.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "server/model/table_definition.hpp"

namespace millrace::catalog {

void append_vector_indexes(std::string& out, const std::vector<model::VectorIndexDefinition>& indexes);
std::vector<model::VectorIndexDefinition> vector_indexes_from(const nlohmann::json& list);

}  // namespace millrace::catalog
