#include "server/json/attribute_value_json.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>
#include <vector>

#include "server/json/type_mismatch.hpp"
#include "server/model/attribute_name.hpp"
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

/// Elements that memory is set aside for at once; more are taken as they come.
constexpr std::size_t kMostReserved = 1024;

template <class T>
bool sort_and_find_duplicate(std::vector<T>& members) {
  std::sort(members.begin(), members.end());
  return std::adjacent_find(members.begin(), members.end()) != members.end();
}

/// Whether the names of attributes are looked at. Those of stored items were, by the rules of their time.
enum class Names : std::uint8_t { kChecked, kTrusted };

/// Walks one value or item. A wrong shape ends the walk; the first invalid value is noted and the walk goes on, since
/// a wrong shape further on takes precedence.
class Reader {
 public:
  explicit Reader(std::size_t max_bytes = kMaxMapBytes, Names names = Names::kChecked)
      : max_bytes_{max_bytes}, names_{names} {}

  std::optional<ApiError> shape_error;
  std::optional<ValueError> value_error;
  std::optional<std::string> invalid_entry;  ///< the entry of the outermost map in which value_error was found

  void read_map(Element element, AttributeMap& into, int depth);
  void read_entries(Object object, AttributeMap& into, int depth);
  /// The entries of ExpressionAttributeValues, whose names are placeholders.
  void read_placeholders(Element element, AttributeMap& into, std::size_t max_entries);
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
  void check_name(std::string_view name);
  template <class CheckName>
  void read_entries(Object object, AttributeMap& into, int depth, std::size_t max_entries, CheckName check);

  std::size_t max_bytes_;
  Names names_;
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
    note(bad_number(text, number.error().message));
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
  if (members.empty()) return note(empty_string_set());
  auto sorted = members;
  if (sort_and_find_duplicate(sorted)) return note(repeated_string(members));
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
  if (members.empty()) return note(empty_number_set());
  if (sort_and_find_duplicate(members)) return note(repeated_number());
  into.value = model::NumberSet{std::move(members)};
}

void Reader::read_binary_set(Element element, AttributeValue& into) {
  Array array;
  if (element.get(array) != simdjson::SUCCESS) return fail(not_a_list(element));
  std::vector<std::string> members;
  members.reserve(array.size());
  for (const Element member : array) {
    if (!read_blob(member, members.emplace_back())) return;
  }
  if (members.empty()) return note(empty_binary_set());
  auto sorted = members;
  if (sort_and_find_duplicate(sorted)) return note(repeated_binary(members));
  model::BinarySet set;
  set.members.reserve(sorted.size());
  for (auto& bytes : sorted) set.members.push_back(Binary{std::move(bytes)});
  into.value = std::move(set);
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

void Reader::read_map(Element element, AttributeMap& into, int depth) {
  Object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(not_a_map(element, kShape));
  read_entries(object, into, depth);
}

void Reader::check_name(std::string_view name) {
  if (names_ == Names::kTrusted) return;
  if (auto checked = model::check_attribute_name(name); checked.has_error()) {
    note(bad_attribute_name(std::move(checked).error().message));
  }
}

void Reader::read_entries(Object object, AttributeMap& into, int depth) {
  read_entries(object, into, depth, SIZE_MAX, [this](std::string_view name) { check_name(name); });
}

void Reader::read_placeholders(Element element, AttributeMap& into, std::size_t max_entries) {
  Object object;
  if (element.get(object) != simdjson::SUCCESS) return fail(not_a_map(element, kShape));
  read_entries(object, into, 0, max_entries, [](std::string_view /*placeholder*/) {});
}

template <class CheckName>
void Reader::read_entries(Object object, AttributeMap& into, int depth, std::size_t max_entries, CheckName check) {
  model::AttributeMapBuilder entries;
  entries.reserve(std::min(object.size(), kMostReserved));
  AttributeValue dropped;
  std::size_t compact_beyond = max_bytes_;
  bool too_large = false;
  for (const auto& [name, value] : object) {
    if (max_entries-- == 0) break;
    if (value.is_null()) continue;  // a null member counts as absent
    check(name);
    read_value(value, too_large ? dropped : entries.append(std::string{name}), depth + 1);
    if (shape_error) return;
    if (depth == 0 && value_error && !invalid_entry) invalid_entry = name;
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
      if (!*truth) note(false_null());
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
  if (depth > model::kMaxNesting) note(too_deep());
  int types = 0;
  for (const auto& [name, value] : object) {
    const auto type = type_of_member(name);
    if (!type || value.is_null()) continue;
    ++types;
    read_member(*type, value, into, depth);
    if (shape_error) return;
  }
  if (types == 0) {
    note(no_type());
  } else if (types > 1) {
    note(several_types());
  }
}

}  // namespace

Result<ItemInput> read_item(Element element, std::size_t max_bytes) {
  Reader reader{max_bytes};
  ItemInput input;
  reader.read_map(element, input.item, 0);
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

Result<ExpressionValuesInput> read_expression_values(Element element, std::size_t max_entries) {
  Reader reader;
  ExpressionValuesInput input;
  reader.read_placeholders(element, input.values, max_entries);
  if (reader.shape_error) return *std::move(reader.shape_error);
  if (!reader.value_error) return input;
  input.value_error = std::move(reader.value_error);
  input.invalid_placeholder = *std::move(reader.invalid_entry);
  return input;
}

model::Item read_stored_item(Parser& parser, std::string_view item_json) {
  const auto object = parser.parse_copy(item_json);
  if (!object) throw std::logic_error("a stored item is not JSON");
  Reader reader{kMaxMapBytes, Names::kTrusted};
  model::Item item;
  reader.read_entries(*object, item, 0);
  if (reader.shape_error || reader.value_error) throw std::logic_error("a stored item is not canonical");
  return item;
}

}  // namespace millrace::json
