#include "server/catalog/definition_parts.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "server/json/object_writer.hpp"

namespace millrace::catalog {

void append_attributes(std::string& out, const std::vector<model::KeyAttribute>& attributes) {
  millrace::json::append_list(out, attributes, [&out](const model::KeyAttribute& attribute) {
    millrace::json::ObjectWriter writer{out};
    writer.string("name", attribute.name);
    writer.string("type", model::type_name(attribute.type));
    writer.finish();
  });
}

void append_projection(std::string& out, const model::Projection& projection) {
  millrace::json::ObjectWriter writer{out};
  writer.string("type", model::to_text(projection.type));
  millrace::json::append_list(writer.key("attributes"), projection.non_key_attributes,
                              [&out](const std::string& name) { base::append_json_string(out, name); });
  writer.finish();
}

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const char byte : bytes) {
    const auto value = static_cast<unsigned char>(byte);
    text.push_back(kDigits[value >> 4U]);
    text.push_back(kDigits[value & 0xFU]);
  }
  return text;
}

model::AttributeType key_type_from(const std::string& text) {
  if (text == "S") return model::AttributeType::kS;
  if (text == "N") return model::AttributeType::kN;
  if (text == "B") return model::AttributeType::kB;
  throw std::runtime_error("no type of a key attribute: " + text);
}

std::vector<model::KeyAttribute> attributes_from(const nlohmann::json& list) {
  std::vector<model::KeyAttribute> attributes;
  for (const auto& entry : list) {
    attributes.push_back({entry.at("name").get<std::string>(), key_type_from(entry.at("type").get<std::string>())});
  }
  return attributes;
}

model::Projection projection_from(const nlohmann::json& value) {
  const auto type = model::projection_type_from(value.at("type").get<std::string>());
  if (!type) throw std::runtime_error("no projection type");
  return {*type, value.at("attributes").get<std::vector<std::string>>()};
}

std::string from_hex(const std::string& text) {
  std::string bytes(text.size() / 2, '\0');
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    unsigned value = 0;
    const char* const digits = text.data() + 2 * at;
    if (std::from_chars(digits, digits + 2, value, 16).ptr != digits + 2) throw std::runtime_error("no row key");
    bytes[at] = static_cast<char>(value);
  }
  return bytes;
}

}  // namespace millrace::catalog
