#include "server/api/items/request_fingerprint.hpp"

#include <fmt/format.h>

#include <functional>

namespace millrace::api {

std::string fingerprint_of(const json::Object& body, std::initializer_list<std::string_view> members) {
  std::string text;
  for (const std::string_view name : members) {
    json::Element element;
    if (body.at_key(name).get(element) == simdjson::SUCCESS) text.append(simdjson::minify(element));
    text.push_back('\n');
  }
  return fmt::format("{:x}-{}", std::hash<std::string>{}(text), text.size());
}

}  // namespace millrace::api
