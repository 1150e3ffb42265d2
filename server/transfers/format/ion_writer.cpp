// Items as Ion text.
#include <algorithm>
#include <array>
#include <string>
#include <variant>

#include "server/model/base64.hpp"
#include "server/transfers/format/ion_values.hpp"

namespace millrace::transfers {
namespace {

// What an unquoted name would be taken for something else as.
constexpr std::array<std::string_view, 4> kKeywords{"null", "true", "false", "nan"};

bool is_identifier(std::string_view name) {
  const auto may_begin = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$';
  };
  const auto may_follow = [&](char c) { return may_begin(c) || (c >= '0' && c <= '9'); };
  // $10 and $ion_… have a meaning of their own.
  return !name.empty() && may_begin(name.front()) && name.front() != '$' && std::ranges::all_of(name, may_follow) &&
         std::ranges::find(kKeywords, name) == kKeywords.end();
}

void append_quoted(std::string& out, std::string_view text, char quote) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out.push_back(quote);
  for (const char character : text) {
    const auto byte = static_cast<unsigned char>(character);
    if (character == quote || character == '\\') {
      out.append(1, '\\').push_back(character);
    } else if (byte < 0x20U || byte == 0x7FU) {
      out.append("\\x").append(1, kHex[byte >> 4U]).push_back(kHex[byte & 0xFU]);
    } else {
      out.push_back(character);
    }
  }
  out.push_back(quote);
}

/// A decimal, as whole numbers are none without a point: `103.`
void append_number(std::string& out, const model::Number& number) {
  const std::string text = number.to_string();
  out.append(text);
  if (text.find('.') == std::string::npos) out.push_back('.');
}

void append_blob(std::string& out, const model::Binary& binary) {
  out.append("{{");
  model::append_base64(out, binary.bytes);
  out.append("}}");
}

template <class Members, class Append>
void append_members(std::string& out, const Members& members, const Append& append) {
  out.push_back('[');
  for (const auto& member : members) {
    if (out.back() != '[') out.push_back(',');
    append(out, member);
  }
  out.push_back(']');
}

void append_value(std::string& out, const model::AttributeValue& value);

struct Append {
  std::string& out;

  void operator()(const std::string& text) const { append_quoted(out, text, '"'); }
  void operator()(const model::Number& number) const { append_number(out, number); }
  void operator()(const model::Binary& binary) const { append_blob(out, binary); }
  void operator()(bool value) const { out.append(value ? "true" : "false"); }
  void operator()(const model::Null& /*null*/) const { out.append("null"); }
  void operator()(const model::StringSet& set) const {
    out.append("$dynamodb_SS::");
    append_members(out, set.members, [](std::string& to, const std::string& text) { append_quoted(to, text, '"'); });
  }
  void operator()(const model::NumberSet& set) const {
    out.append("$dynamodb_NS::");
    append_members(out, set.members, append_number);
  }
  void operator()(const model::BinarySet& set) const {
    out.append("$dynamodb_BS::");
    append_members(out, set.members, append_blob);
  }
  void operator()(const model::List& list) const { append_members(out, list, append_value); }
  void operator()(const model::AttributeMap& map) const { append_ion(out, map); }
};

/// Recurses as deep as values nest: 32 levels.
void append_value(std::string& out, const model::AttributeValue& value) { std::visit(Append{out}, value.value); }

}  // namespace

void append_ion(std::string& out, const model::Item& item) {
  out.push_back('{');
  for (const auto& attribute : item) {
    if (out.back() != '{') out.push_back(',');
    if (is_identifier(attribute.name)) {
      out.append(attribute.name);
    } else {
      append_quoted(out, attribute.name, '\'');
    }
    out.push_back(':');
    append_value(out, attribute.value);
  }
  out.push_back('}');
}

}  // namespace millrace::transfers
