// Reading members once their types are checked (member_table.hpp): an absent or null member is empty.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::rest {

/// The member, or null when it is absent or null. Lives as long as `object`.
const nlohmann::json* find_member(const nlohmann::json& object, std::string_view name);
/// The structure, or an empty one.
const nlohmann::json& read_structure(const nlohmann::json& object, std::string_view name);
std::optional<std::string> read_text(const nlohmann::json& object, std::string_view name);
std::optional<std::int64_t> read_integer(const nlohmann::json& object, std::string_view name);
std::optional<bool> read_boolean(const nlohmann::json& object, std::string_view name);
std::map<std::string, std::string> read_text_map(const nlohmann::json& object, std::string_view name);

}  // namespace millrace::rest
