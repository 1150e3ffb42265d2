// The stored form of a table's settings: a member of its document.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "server/model/table_settings.hpp"

namespace millrace::catalog {

/// Appends one object; what is not set is absent from it.
void append_settings(std::string& out, const model::TableSettings& settings);

/// The inverse. Throws what the JSON library throws, or std::runtime_error, when `value` is not such an object.
model::TableSettings settings_from(const nlohmann::json& value);

}  // namespace millrace::catalog
