#include "server/json/object_reader.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "server/json/type_mismatch.hpp"

namespace millrace::json {
namespace {

std::string qualified(std::string_view shape) { return std::string{kDynamoPackage}.append(shape); }

std::int64_t truncate(double value) {
  constexpr double kLimit = 9.2e18;
  if (std::isnan(value)) return 0;
  if (value >= kLimit) return std::numeric_limits<std::int64_t>::max();
  if (value <= -kLimit) return std::numeric_limits<std::int64_t>::min();
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::optional<Element> ObjectReader::find(std::string_view name) const {
  if (error_) return std::nullopt;
  Element element;
  if (object_.at_key(name).get(element) != simdjson::SUCCESS || element.is_null()) return std::nullopt;
  return element;
}

void ObjectReader::fail(ApiError error) {
  if (!error_) error_ = std::move(error);
}

void ObjectReader::adopt(const ObjectReader& nested) {
  if (nested.error_) fail(*nested.error_);
}

std::optional<std::string_view> ObjectReader::string(std::string_view name) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  std::string_view text;
  if (element->get(text) == simdjson::SUCCESS) return text;
  fail(cannot_be_converted(*element, "String", "java.lang.String"));
  return std::nullopt;
}

std::optional<bool> ObjectReader::boolean(std::string_view name) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  auto truth = to_boolean(*element);
  if (truth.has_value()) return *truth;
  fail(std::move(truth).error());
  return std::nullopt;
}

std::optional<std::int64_t> ObjectReader::integer(std::string_view name, std::string_view java_type) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  if (std::int64_t value = 0; element->is_int64() && element->get(value) == simdjson::SUCCESS) return value;
  if (element->is_uint64()) return std::numeric_limits<std::int64_t>::max();
  if (double value = 0; element->is_double() && element->get(value) == simdjson::SUCCESS) return truncate(value);
  fail(cannot_be_converted(*element, java_type, std::string{"java.lang."}.append(java_type)));
  return std::nullopt;
}

std::optional<TimePoint> ObjectReader::timestamp(std::string_view name) {
  constexpr double kFirstSecond = -62'135'596'800.0;
  constexpr double kLastSecond = 253'402'300'799.0;
  const auto element = find(name);
  if (!element) return std::nullopt;
  if (double seconds = 0; element->is_number() && element->get(seconds) == simdjson::SUCCESS) {
    const double microseconds = std::clamp(seconds, kFirstSecond, kLastSecond) * 1e6;
    return TimePoint{Duration{static_cast<std::int64_t>(std::llround(microseconds))}};
  }
  fail(cannot_be_converted(*element, "Date", "java.util.Date"));
  return std::nullopt;
}

std::optional<double> ObjectReader::number(std::string_view name) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  if (double value = 0; element->is_number() && element->get(value) == simdjson::SUCCESS) return value;
  fail(cannot_be_converted(*element, "Double", "java.lang.Double"));
  return std::nullopt;
}

std::optional<ItemInput> ObjectReader::item(std::string_view name, std::size_t max_bytes) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  auto read = read_item(*element, max_bytes);
  if (read.has_value()) return *std::move(read);
  fail(std::move(read).error());
  return std::nullopt;
}

std::optional<ExpressionValuesInput> ObjectReader::expression_values(std::string_view name, std::size_t max_entries) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  auto read = read_expression_values(*element, max_entries);
  if (read.has_value()) return *std::move(read);
  fail(std::move(read).error());
  return std::nullopt;
}

std::optional<ValueInput> ObjectReader::value(std::string_view name) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  if (!element->is_object()) {
    fail(not_a_structure(*element, qualified("AttributeValue")));
    return std::nullopt;
  }
  auto read = read_attribute_value(*element);
  if (read.has_value()) return *std::move(read);
  fail(std::move(read).error());
  return std::nullopt;
}

std::optional<std::vector<std::string>> ObjectReader::string_list(std::string_view name) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Array array;
  if (element->get(array) != simdjson::SUCCESS) {
    fail(not_a_list(*element));
    return std::nullopt;
  }
  std::vector<std::string> texts;
  for (const Element member : array) {
    std::string_view text;
    if (member.get(text) != simdjson::SUCCESS) {
      fail(cannot_be_converted(member, "String", "java.lang.String"));
      return std::nullopt;
    }
    texts.emplace_back(text);
  }
  return texts;
}

std::optional<std::map<std::string, std::string>> ObjectReader::string_map(std::string_view name) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Object object;
  if (element->get(object) != simdjson::SUCCESS) {
    fail(not_a_map(*element, "java.lang.String"));
    return std::nullopt;
  }
  std::map<std::string, std::string> entries;
  for (const auto& [key, value] : object) {
    if (value.is_null()) continue;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) {
      fail(cannot_be_converted(value, "String", "java.lang.String"));
      return std::nullopt;
    }
    entries.insert_or_assign(std::string{key}, std::string{text});
  }
  return entries;
}

std::optional<ObjectReader> ObjectReader::structure(std::string_view name, std::string_view shape) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Object object;
  if (element->get(object) == simdjson::SUCCESS) return ObjectReader{object};
  fail(not_a_structure(*element, qualified(shape)));
  return std::nullopt;
}

std::optional<std::size_t> ObjectReader::structures(std::string_view name, std::string_view shape,
                                                    const std::function<void(ObjectReader&)>& read) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Array array;
  if (element->get(array) != simdjson::SUCCESS) {
    fail(not_a_list(*element));
    return std::nullopt;
  }
  for (const Element member : array) {
    Object object;
    if (member.get(object) != simdjson::SUCCESS) {
      fail(not_a_structure_inside(member, qualified(shape)));
      return std::nullopt;
    }
    ObjectReader nested{object};
    read(nested);
    adopt(nested);
    if (failed()) return std::nullopt;
  }
  return array.size();
}

std::optional<std::vector<ItemInput>> ObjectReader::items(std::string_view name, std::size_t most) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Array array;
  if (element->get(array) != simdjson::SUCCESS) {
    fail(not_a_list(*element));
    return std::nullopt;
  }
  std::vector<ItemInput> inputs;
  for (const Element member : array) {
    if (inputs.size() == most) break;
    if (!member.is_object() && !member.is_array()) {
      fail(not_a_nested_collection());
      return std::nullopt;
    }
    auto read = read_item(member);
    if (read.has_error()) {
      fail(std::move(read).error());
      return std::nullopt;
    }
    inputs.push_back(*std::move(read));
  }
  return inputs;
}

std::optional<std::vector<ValueInput>> ObjectReader::values(std::string_view name, std::size_t most) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Array array;
  if (element->get(array) != simdjson::SUCCESS) {
    fail(not_a_list(*element));
    return std::nullopt;
  }
  std::vector<ValueInput> inputs;
  for (const Element member : array) {
    if (inputs.size() == most) break;
    auto read = read_attribute_value(member);
    if (read.has_error()) {
      fail(std::move(read).error());
      return std::nullopt;
    }
    inputs.push_back(*std::move(read));
  }
  return inputs;
}

std::optional<std::size_t> ObjectReader::structure_map(
    std::string_view name, std::string_view shape, const std::function<void(std::string_view key, ObjectReader&)>& read,
    std::size_t most) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Object object;
  if (element->get(object) != simdjson::SUCCESS) {
    fail(not_a_map(*element, qualified(shape)));
    return std::nullopt;
  }
  std::size_t entries = 0;
  for (const auto& [key, value] : object) {
    if (entries == most) break;
    if (value.is_null()) continue;
    Object nested_object;
    if (value.get(nested_object) != simdjson::SUCCESS) {
      fail(not_a_structure_inside(value, qualified(shape)));
      return std::nullopt;
    }
    ObjectReader nested{nested_object};
    read(key, nested);
    adopt(nested);
    if (failed()) return std::nullopt;
    ++entries;
  }
  return entries;
}

std::optional<std::size_t> ObjectReader::structure_list_map(
    std::string_view name, std::string_view shape,
    const std::function<void(std::string_view key, ObjectReader&)>& read_element,
    const std::function<void(std::string_view key, std::size_t elements)>& finish_list, std::size_t most) {
  const auto element = find(name);
  if (!element) return std::nullopt;
  Object object;
  if (element->get(object) != simdjson::SUCCESS) {
    fail(not_a_map(*element, "java.util.List<" + qualified(shape) + ">"));
    return std::nullopt;
  }
  std::size_t entries = 0;
  for (const auto& [key, value] : object) {
    if (entries == most) break;
    if (value.is_null()) continue;
    Array array;
    if (value.get(array) != simdjson::SUCCESS) {
      fail(value.is_object() ? not_a_list(value) : not_a_nested_collection());
      return std::nullopt;
    }
    std::size_t elements = 0;
    for (const Element member : array) {
      if (elements++ == most) break;
      Object nested_object;
      if (member.get(nested_object) != simdjson::SUCCESS) {
        fail(not_a_structure_inside(member, qualified(shape)));
        return std::nullopt;
      }
      ObjectReader nested{nested_object};
      read_element(key, nested);
      adopt(nested);
      if (failed()) return std::nullopt;
    }
    finish_list(key, array.size());
    ++entries;
  }
  return entries;
}

}  // namespace millrace::json
