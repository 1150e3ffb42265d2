#include "server/json/attribute_value_json.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>
#include <vector>

#include "server/json/type_mismatch.hpp"
#include "server/model/base64.hpp"

namespace millrace::json {
namespace {

using model::AttributeMap;
using model::AttributeType;
using model::AttributeValue;
using model::Binary;
using model::List;
using model::Number;

constexpr std::string_view kShape = "com.amazonaws.dynamodb.v20120810.AttributeValue";
constexpr std::string_view kEnvelope = "1 validation error detected: ";
constexpr std::string_view kInvalidValues = "One or more parameter values were invalid: ";

ValueError same_in_both(std::string_view text) { return {std::string{text}, std::string{text}}; }

ValueError enveloped(std::string_view text, std::string_view newer_text = {}) {
  return {std::string{text}, std::string{kEnvelope}.append(newer_text.empty() ? text : newer_text)};
}

/// `[a, b]` or, quoted, `["a", "b"]`.
std::string bracketed(const std::vector<std::string>& members, std::string_view quote, std::string_view separator) {
  std::string text{"["};
  for (const auto& member : members) {
    if (text.size() > 1) text.append(separator);
    text.append(quote).append(member).append(quote);
  }
  return text.append("]");
}

/// Elements that memory is set aside for at once; more are taken as they come.
constexpr std::size_t kMostReserved = 1024;

template <class T>
bool sort_and_find_duplicate(std::vector<T>& members) {
  std::sort(members.begin(), members.end());
  return std::adjacent_find(members.begin(), members.end()) != members.end();
}

/// Walks one value or item. A wrong shape ends the walk; the first invalid value is noted and the walk goes on, since
/// a wrong shape further on takes precedence.
class Reader {
 public:
  explicit Reader(std::size_t max_bytes = kMaxMapBytes) : max_bytes_{max_bytes} {}

  std::optional<ApiError> shape_error;
  std::optional<ValueError> value_error;

  void read_map(Element element, AttributeMap& into, int depth, std::size_t max_entries = SIZE_MAX);
  void read_entries(Object object, AttributeMap& into, int depth, std::size_t max_entries = SIZE_MAX);
  void read_value(Element element, AttributeValue& into, int depth);

 private:
  void note(ValueError error) {
    if (!value_error) value_error = std::move(error);
  }
  void fail(ApiError error) {
    if (!shape_error) shape_error = std::move(error);
  }
  bool read_text(Element element, std::string_view& into);
  bool read_blob(Element element, std::string& into);
  bool read_number(std::string_view text, Number& into);
  void read_list(Element element, AttributeValue& into, int depth);
  void read_string_set(Element element, AttributeValue& into);
  void read_number_set(Element element, AttributeValue& into);
  void read_binary_set(Element element, AttributeValue& into);
  void read_member(AttributeType type, Element element, AttributeValue& into, int depth);

  std::size_t max_bytes_;
};

bool Reader::read_text(Element element, std::string_view& into) {
  if (element.get(into) == simdjson::SUCCESS) return true;
  fail(cannot_be_converted(element, "String", "java.lang.String"));
  return false;
}

bool Reader::read_blob(Element element, std::string& into) {
  std::string_view text;
  if (element.get(text) != simdjson::SUCCESS) {
    fail(cannot_be_blob(element));
    return false;
  }
  auto bytes = model::decode_base64(text);
  if (bytes.has_error()) {
    fail(std::move(bytes).error());
    return false;
  }
  into = *std::move(bytes);
  return true;
}

bool Reader::read_number(std::string_view text, Number& into) {
  auto number = Number::parse(text);
  if (number.has_error()) {
    // The newer framework prints the colon even when there is nothing to print behind it (reference, 4.1).
    const std::string& message = number.error().message;
    note(enveloped(message, text.empty() ? message + ": " : std::string{}));
    return false;
  }
  into = *number;
  return true;
}

void Reader::read_string_set(Element element, AttributeValue& into) {
  Array array;
  if (element.get(array) != simdjson::SUCCESS) return fail(not_a_list(element));
  std::vector<std::string> members;
  members.reserve(array.size());
  for (const Element member : array) {
    std::string_view text;
    if (!read_text(member, text)) return;
    members.emplace_back(text);
  }
  if (members.empty()) return note(enveloped(std::string{kInvalidValues}.append("An string set  may not be empty")));
  auto sorted = members;
  if (sort_and_find_duplicate(sorted)) {
    const auto text = [&](std::string_view quote) {
      return std::string{kInvalidValues} + "Input collection " + bracketed(members, quote, ", ") +
             " contains duplicates.";
    };
    return note(enveloped(text(""), text("\"")));
  }
  into.value = model::StringSet{std::move(sorted)};
}

void Reader::read_number_set(Element element, AttributeValue& into) {
  Array array;
  if (element.get(array) != simdjson::SUCCESS) return fail(not_a_list(element));
  std::vector<Number> members;
  members.reserve(array.size());
  bool all_valid = true;
  for (const Element member : array) {
    std::string_view text;
    if (!read_text(member, text)) return;
    all_valid = read_number(text, members.emplace_back()) && all_valid;
  }
  if (!all_valid) return;
  if (members.empty()) return note(enveloped(std::string{kInvalidValues}.append("An number set  may not be empty")));
  if (sort_and_find_duplicate(members)) return note(enveloped("Input collection contains duplicates"));
  into.value = model::NumberSet{std::move(members)};
}

void Reader::read_binary_set(Element element, AttributeValue& into) {
  Array array;
  if (element.get(array) != simdjson::SUCCESS) return fail(not_a_list(element));
  std::vector<Binary> members;
  members.reserve(array.size());
  for (const Element member : array) {
    if (!read_blob(member, members.emplace_back().bytes)) return;
  }
  if (members.empty()) return note(enveloped(std::string{kInvalidValues}.append("Binary sets should not be empty")));
  auto sorted = members;
  if (sort_and_find_duplicate(sorted)) {
    std::vector<std::string> texts;
    for (const auto& member : members) texts.push_back(model::encode_base64(member.bytes));
    const auto text = [&](std::string_view quote, std::string_view separator) {
      return std::string{kInvalidValues} + "Input collection " + bracketed(texts, quote, separator) +
             "of type BS contains duplicates.";
    };
    return note(enveloped(text("", ", "), text("\"", ",")));
  }
  into.value = model::BinarySet{std::move(sorted)};
}

void Reader::read_list(Element element, AttributeValue& into, int depth) {
  Array array;
  if (element.get(array) != simdjson::SUCCESS) return fail(not_a_list(element));
  List list;
  list.reserve(std::min(array.size(), kMostReserved));
  AttributeValue dropped;
  for (const Element member : array) {
    const bool too_large = list.size() > max_bytes_;  // an element is a byte at least
    read_value(member, too_large ? dropped : list.emplace_back(), depth + 1);
    if (shape_error) return;
  }
  into.value = std::move(list);
}

void Reader::read_map(Element element, AttributeMap& into, int depth, std::size_t max_entries) {
  Object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(not_a_map(element, kShape));
  read_entries(object, into, depth, max_entries);
}

void Reader::read_entries(Object object, AttributeMap& into, int depth, std::size_t max_entries) {
  model::AttributeMapBuilder entries;
  entries.reserve(std::min(object.size(), kMostReserved));
  AttributeValue dropped;
  std::size_t compact_beyond = max_bytes_;
  bool too_large = false;
  for (const auto& [name, value] : object) {
    if (max_entries-- == 0) break;
    if (value.is_null()) continue;  // a null member counts as absent
    // An empty name has an error of its own, so that entry is kept.
    read_value(value, too_large && !name.empty() ? dropped : entries.append(std::string{name}), depth + 1);
    if (shape_error) return;
    if (!too_large && entries.name_bytes() > compact_beyond) {
      entries.compact();  // names may be repeated
      too_large = entries.name_bytes() > max_bytes_;
      compact_beyond = entries.name_bytes() + max_bytes_;
    }
  }
  into = std::move(entries).build();
}

void Reader::read_member(AttributeType type, Element element, AttributeValue& into, int depth) {
  std::string_view text;
  switch (type) {
    case AttributeType::kS:
      if (read_text(element, text)) into.value = std::string{text};
      break;
    case AttributeType::kN:
      if (Number number; read_text(element, text) && read_number(text, number)) into.value = number;
      break;
    case AttributeType::kB:
      if (Binary binary; read_blob(element, binary.bytes)) into.value = std::move(binary);
      break;
    case AttributeType::kBool: {
      auto truth = to_boolean(element);
      if (truth.has_error()) return fail(std::move(truth).error());
      into.value = *truth;
      break;
    }
    case AttributeType::kNull: {
      auto truth = to_boolean(element);
      if (truth.has_error()) return fail(std::move(truth).error());
      into.value = model::Null{};
      if (!*truth) {
        note(enveloped(std::string{kInvalidValues}.append("Null attribute value types must have the value of true")));
      }
      break;
    }
    case AttributeType::kSs: read_string_set(element, into); break;
    case AttributeType::kNs: read_number_set(element, into); break;
    case AttributeType::kBs: read_binary_set(element, into); break;
    case AttributeType::kL: read_list(element, into, depth); break;
    case AttributeType::kM: {
      AttributeMap map;
      read_map(element, map, depth);
      into.value = std::move(map);
      break;
    }
  }
}

std::optional<AttributeType> type_of_member(std::string_view name) {
  switch (name.size()) {
    case 1:
      switch (name[0]) {
        case 'S': return AttributeType::kS;
        case 'N': return AttributeType::kN;
        case 'B': return AttributeType::kB;
        case 'L': return AttributeType::kL;
        case 'M': return AttributeType::kM;
        default: return std::nullopt;
      }
    case 2:
      if (name == "SS") return AttributeType::kSs;
      if (name == "NS") return AttributeType::kNs;
      if (name == "BS") return AttributeType::kBs;
      return std::nullopt;
    case 4:
      if (name == "BOOL") return AttributeType::kBool;
      if (name == "NULL") return AttributeType::kNull;
      return std::nullopt;
    default: return std::nullopt;
  }
}

void Reader::read_value(Element element, AttributeValue& into, int depth) {
  Object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(not_a_structure_inside(element, kShape));
  if (depth > model::kMaxNesting) {
    note(enveloped(
        "Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported "
        "limit"));
  }
  int types = 0;
  for (const auto& [name, value] : object) {
    const auto type = type_of_member(name);
    if (!type || value.is_null()) continue;
    ++types;
    read_member(*type, value, into, depth);
    if (shape_error) return;
  }
  if (types == 0) {
    note(same_in_both("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes"));
  } else if (types > 1) {
    note(same_in_both(
        "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
        "datatypes"));
  }
}

struct Appender {
  std::string& out;

  void operator()(const std::string& text) const { base::append_json_string(out, text); }
  void operator()(const Number& number) const {
    out.append("\"", 1);
    number.append_to(out);
    out.append("\"", 1);
  }
  void operator()(const Binary& binary) const {
    out.push_back('"');
    model::append_base64(out, binary.bytes);
    out.push_back('"');
  }
  void operator()(bool truth) const { out.append(truth ? "true" : "false"); }
  void operator()(const model::Null&) const { out.append("true"); }
  void operator()(const model::StringSet& set) const { append_members(set.members); }
  void operator()(const model::NumberSet& set) const { append_members(set.members); }
  void operator()(const model::BinarySet& set) const { append_members(set.members); }
  void operator()(const List& list) const {
    out.push_back('[');
    for (std::size_t at = 0; at < list.size(); ++at) {
      if (at > 0) out.push_back(',');
      append_attribute_value(out, list[at]);
    }
    out.push_back(']');
  }
  void operator()(const AttributeMap& map) const { append_item(out, map); }

 private:
  template <class T>
  void append_members(const std::vector<T>& members) const {
    out.push_back('[');
    for (std::size_t at = 0; at < members.size(); ++at) {
      if (at > 0) out.push_back(',');
      (*this)(members[at]);
    }
    out.push_back(']');
  }
};

}  // namespace

Result<ItemInput> read_item(Element element, std::size_t max_bytes, std::size_t max_entries) {
  Reader reader{max_bytes};
  ItemInput input;
  reader.read_map(element, input.item, 0, max_entries);
  if (reader.shape_error) return *std::move(reader.shape_error);
  input.value_error = std::move(reader.value_error);
  return input;
}

Result<ValueInput> read_attribute_value(Element element) {
  Reader reader;
  ValueInput input;
  reader.read_value(element, input.value, 1);
  if (reader.shape_error) return *std::move(reader.shape_error);
  input.value_error = std::move(reader.value_error);
  return input;
}

model::Item read_stored_item(Parser& parser, std::string_view item_json) {
  const auto object = parser.parse_copy(item_json);
  if (!object) throw std::logic_error("a stored item is not JSON");
  Reader reader;
  model::Item item;
  reader.read_entries(*object, item, 0);
  if (reader.shape_error || reader.value_error) throw std::logic_error("a stored item is not canonical");
  return item;
}

void append_attribute_value(std::string& out, const AttributeValue& value) {
  static constexpr std::array<std::string_view, 10> kOpenings{R"({"S":)",    R"({"N":)",  R"({"B":)",  R"({"BOOL":)",
                                                              R"({"NULL":)", R"({"SS":)", R"({"NS":)", R"({"BS":)",
                                                              R"({"L":)",    R"({"M":)"};
  out.append(kOpenings[value.value.index()]);
  std::visit(Appender{out}, value.value);
  out.push_back('}');
}

void append_item(std::string& out, const model::Item& item) {
  out.push_back('{');
  bool first = true;
  for (const auto& attribute : item) {
    if (!first) out.push_back(',');
    first = false;
    base::append_json_string(out, attribute.name);
    out.push_back(':');
    append_attribute_value(out, attribute.value);
  }
  out.push_back('}');
}

std::string to_json(const model::Item& item) {
  std::string text;
  append_item(text, item);
  return text;
}

}  // namespace millrace::json
