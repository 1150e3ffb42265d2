#include "harness/conformance/template_expansion.hpp"

#include <stdexcept>
#include <string_view>

namespace millrace::conformance {
namespace {

constexpr std::string_view kVariablePrefix = "var.";

const Json& variable(const Bindings& bindings, const std::string& name) {
  const auto found = bindings.variables.find(name);
  if (found == bindings.variables.end()) throw std::runtime_error("nothing captured '" + name + "'");
  return found->second;
}

std::string placeholder_value(const std::string& name, Bindings& bindings) {
  if (name == "i" || name.starts_with(kVariablePrefix)) {
    const Json& value = variable(bindings, name == "i" ? name : name.substr(kVariablePrefix.size()));
    return value.is_string() ? value.get<std::string>() : value.dump();
  }
  return *bindings.tables.insert(bindings.table_prefix + name).first;
}

std::string expand_text(const std::string& text, Bindings& bindings) {
  static constexpr std::string_view kOpen = "${";
  std::string out;
  std::size_t at = 0;
  for (;;) {
    const auto open = text.find(kOpen, at);
    const auto close = open == std::string::npos ? open : text.find('}', open);
    if (close == std::string::npos) return out.append(text, at);
    out.append(text, at, open - at);
    out += placeholder_value(text.substr(open + kOpen.size(), close - open - kOpen.size()), bindings);
    at = close + 1;
  }
}

std::string expand_repeat(const Json& json, Bindings& bindings) {
  const auto text = expand(json.at("$repeat"), bindings).get<std::string>();
  std::string out;
  for (auto left = json.at("times").get<std::size_t>(); left > 0; --left) out += text;
  return out;
}

std::string expand_concat(const Json& json, Bindings& bindings) {
  std::string out;
  for (const auto& part : json.at("$concat")) out += expand(part, bindings).get<std::string>();
  return out;
}

std::string expand_hex(const Json& json) {
  const auto digits = json.at("$hex").get<std::string>();
  std::string out;
  for (std::size_t at = 0; at + 1 < digits.size(); at += 2) {
    out.push_back(static_cast<char>(std::stoi(digits.substr(at, 2), nullptr, 16)));
  }
  return out;
}

Json expand_list(const Json& json, Bindings& bindings) {
  Json out = Json::array();
  const auto count = json.at("count").get<int>();
  for (int i = 1; i <= count; ++i) {
    bindings.variables["i"] = i;
    out.push_back(expand(json.at("$list"), bindings));
  }
  bindings.variables.erase("i");
  return out;
}

Json expand_entries(const Json& json, Bindings& bindings) {
  Json out = Json::object();
  for (const auto& entry : json.at("$entries")) {
    out[expand(entry.at(0), bindings).get<std::string>()] = expand(entry.at(1), bindings);
  }
  return out;
}

/// `wrapper` with its "$inner" replaced.
Json wrap(const Json& wrapper, const Json& inner) {
  if (wrapper == "$inner") return inner;
  Json out = wrapper;
  if (out.is_structured()) {
    for (auto& member : out) member = wrap(member, inner);
  }
  return out;
}

Json expand_nest(const Json& json, Bindings& bindings) {
  Json out = expand(json.at("inner"), bindings);
  const Json& wrapper = json.at("$nest");
  for (auto left = json.at("levels").get<int>(); left > 0; --left) out = wrap(wrapper, out);
  return out;
}

}  // namespace

Json expand(const Json& json, Bindings& bindings) {
  if (json.is_string()) return expand_text(json.get<std::string>(), bindings);
  if (json.is_array()) {
    Json out = Json::array();
    for (const auto& element : json) out.push_back(expand(element, bindings));
    return out;
  }
  if (!json.is_object()) return json;
  if (json.contains("$ref")) return variable(bindings, json.at("$ref").get<std::string>());
  if (json.contains("$repeat")) return expand_repeat(json, bindings);
  if (json.contains("$concat")) return expand_concat(json, bindings);
  if (json.contains("$hex")) return expand_hex(json);
  if (json.contains("$list")) return expand_list(json, bindings);
  if (json.contains("$entries")) return expand_entries(json, bindings);
  if (json.contains("$nest")) return expand_nest(json, bindings);
  Json out = Json::object();
  for (const auto& [name, value] : json.items()) out[expand_text(name, bindings)] = expand(value, bindings);
  return out;
}

}  // namespace millrace::conformance
