#include "harness/replay/event_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "server/json/tree.hpp"

namespace millrace::replay {
namespace {

using OrderedJson = nlohmann::ordered_json;

constexpr std::size_t kLongestValue = 24;
constexpr std::size_t kIndent = 2;
constexpr std::string_view kEllipsis = "…";
// What is indented further is shown on one line.
constexpr std::size_t kDeepest = 60;

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string cut(std::string text, std::size_t columns) {
  if (count_characters(text) <= columns) return text;
  std::size_t at = 0;
  for (std::size_t characters = 0; at < text.size(); ++at) {
    if (begins_character(text[at]) && ++characters == columns) break;
  }
  return text.substr(0, at).append(kEllipsis);
}

/// Data must not move the cursor or change colours: neither by the controls of ASCII nor by those of U+0080 to U+009F.
std::string without_controls(std::string text) {
  unsigned char before = 0;
  for (char& byte : text) {
    const auto value = static_cast<unsigned char>(byte);
    const bool is_second_half_of_control = before == 0xC2 && value >= 0x80 && value < 0xA0;
    if (value < 0x20 || value == 0x7F || is_second_half_of_control) byte = is_second_half_of_control ? '\xBF' : '?';
    before = value;
  }
  return text;  // U+00BF, an inverted question mark, in the place of the latter
}

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char byte) { return byte >= 0x20 && byte < 0x7F; });
}

const OrderedJson& member(const OrderedJson& object, std::string_view name) {
  static const OrderedJson kNothing;
  if (!object.is_object()) return kNothing;
  const auto found = object.find(std::string{name});
  return found == object.end() ? kNothing : *found;
}

std::string text_of(const OrderedJson& value) {
  return value.is_string() ? value.get<std::string>() : json::print_tree(value);
}

/// `PLACED` of `{"S":"PLACED"}`; empty when it is long or no scalar.
std::string short_scalar(const OrderedJson& attribute) {
  if (!attribute.is_object() || attribute.size() != 1) return {};
  const std::string& type = attribute.begin().key();
  const OrderedJson& value = attribute.begin().value();
  if (type != "S" && type != "N" && type != "BOOL") return {};
  std::string text = text_of(value);
  return text.size() <= kLongestValue && is_plain(text) ? text : std::string{};
}

std::string key_values(const OrderedJson& keys) {
  std::string text;
  if (!keys.is_object()) return text;
  for (const auto& [name, value] : keys.items()) {
    if (!text.empty()) text += '/';
    text += value.is_object() && !value.empty() ? text_of(*value.begin()) : text_of(value);
  }
  return without_controls(std::move(text));
}

std::string named(const std::string& name, const OrderedJson& attribute) {
  const std::string value = short_scalar(attribute);
  return value.empty() ? name : name + ' ' + value;
}

std::string changed(const std::string& name, const OrderedJson& before, const OrderedJson& after) {
  const std::string from = short_scalar(before);
  const std::string to = short_scalar(after);
  return from.empty() || to.empty() ? name : name + ' ' + from + " → " + to;
}

std::string what_changed(const OrderedJson& change) {
  const OrderedJson& before = member(change, "OldImage");
  const OrderedJson& after = member(change, "NewImage");
  const OrderedJson& keys = member(change, "Keys");
  std::vector<std::string> parts;
  for (const auto& [name, value] : after.items()) {
    if (keys.contains(name)) continue;
    const OrderedJson& old = member(before, name);
    if (!before.is_object()) {
      parts.push_back(named(name, value));
    } else if (old.is_null()) {
      parts.push_back('+' + named(name, value));
    } else if (old != value) {
      parts.push_back(changed(name, old, value));
    }
  }
  for (const auto& [name, value] : before.items()) {
    if (keys.contains(name)) continue;
    if (!after.is_object())
      parts.push_back(named(name, value));
    else if (!after.contains(name))
      parts.push_back('-' + name);
  }
  // What can be read at a glance comes first.
  std::stable_partition(parts.begin(), parts.end(),
                        [](const std::string& part) { return part.find(' ') != std::string::npos; });
  return without_controls(fmt::format("{}", fmt::join(parts, ", ")));
}

std::string_view colour_of(std::string_view event_name) {
  if (event_name == "INSERT") return "\033[32m";
  if (event_name == "REMOVE") return "\033[31m";
  return "\033[33m";
}

/// The only element of `value` when that is a document of its own: the two open and close on one line.
const OrderedJson* only_document_in(const OrderedJson& value) {
  return value.size() == 1 && value.front().is_structured() && !value.front().empty() ? &value.front() : nullptr;
}

/// Appends `value` to a line that has `used` characters.
void lay_out(std::string& out, const OrderedJson& value, std::size_t indent, std::size_t used, std::size_t columns) {
  const std::string line = json::print_tree(value);
  const bool fits = used + count_characters(line) + 1 <= columns;  // a comma may follow
  if (!value.is_structured() || value.empty() || fits || indent >= kDeepest) {
    out += line;
    return;
  }
  const bool is_object = value.is_object();
  const OrderedJson* const document = only_document_in(value);
  const std::size_t inner = document != nullptr ? indent : indent + kIndent;
  out += is_object ? '{' : '[';
  bool first = true;
  for (const auto& [name, each] : value.items()) {
    if (document == nullptr) out.append(first ? "\n" : ",\n").append(inner, ' ');
    first = false;
    const std::string label = is_object ? json::print_tree(OrderedJson(name)) + ":" : std::string{};
    out += label;
    std::size_t before = inner + count_characters(label);
    if (is_object && !each.is_structured() && before + count_characters(json::print_tree(each)) + 2 > columns) {
      out.append("\n").append(inner + kIndent, ' ');
    } else if (is_object) {
      out += ' ';
    }
    lay_out(out, each, inner, before + 1, columns);
  }
  if (document == nullptr) out.append("\n").append(indent, ' ');
  out += is_object ? '}' : ']';
}

}  // namespace

std::string record_line(const OrderedJson& record, Colour colour, std::size_t columns) {
  const OrderedJson& change = member(record, "dynamodb");
  const std::string name = without_controls(text_of(member(record, "eventName")));
  const std::string changes = what_changed(change);
  const std::string text =
      cut(fmt::format("{} {}{}{}", name, key_values(member(change, "Keys")), changes.empty() ? "" : "  ", changes),
          columns);
  if (colour == Colour::kNone || !text.starts_with(name)) return text;
  return fmt::format("{}{}\033[0m{}", colour_of(name), name, text.substr(name.size()));
}

std::string laid_out(const OrderedJson& value, std::size_t columns) {
  std::string text;
  lay_out(text, value, 0, 0, columns);
  return text;
}

}  // namespace millrace::replay
