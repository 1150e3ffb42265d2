#include "server/api/members/refused_members.hpp"

#include <string>

namespace millrace::api {
namespace {

bool asks_for_nothing(const json::Element& value) {
  if (value.is_null()) return true;
  if (bool truth = false; value.get(truth) == simdjson::SUCCESS) return !truth;
  if (std::string_view text; value.get(text) == simdjson::SUCCESS) return text.empty();
  if (json::Array list; value.get(list) == simdjson::SUCCESS) return list.size() == 0;
  if (json::Object structure; value.get(structure) == simdjson::SUCCESS) return structure.size() == 0;
  return false;
}

}  // namespace

Result<void> refuse_members(const json::Object& body, std::span<const std::string_view> names) {
  for (const auto name : names) {
    json::Element value;
    if (body.at_key(name).get(value) != simdjson::SUCCESS || asks_for_nothing(value)) continue;
    return base::validation_error(std::string{"Millrace does not emulate "}.append(name).append(" yet"));
  }
  return {};
}

}  // namespace millrace::api
