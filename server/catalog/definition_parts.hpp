// How parts that several definitions have are stored in a table's document (docs/storage-format.md).
//
// What reads throws when the document makes no sense: table_from_document() makes a StorageError of it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/model/table_definition.hpp"

namespace millrace::catalog {

void append_attributes(std::string& out, const std::vector<model::KeyAttribute>& attributes);
void append_projection(std::string& out, const model::Projection& projection);
/// Row keys are any bytes, which JSON has no text for.
std::string to_hex(std::string_view bytes);

model::AttributeType key_type_from(const std::string& text);
std::vector<model::KeyAttribute> attributes_from(const nlohmann::json& list);
model::Projection projection_from(const nlohmann::json& value);
std::string from_hex(const std::string& text);

}  // namespace millrace::catalog
