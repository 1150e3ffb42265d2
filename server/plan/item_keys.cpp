#include "server/plan/item_keys.hpp"

#include <algorithm>
#include <string>

#include "server/plan/vector_values.hpp"

namespace millrace::plan {
namespace {

using base::invalid_parameter_values;
using base::validation_error;
using model::AttributeValue;
using model::Item;
using model::KeyAttribute;
using model::KeySchema;

constexpr std::string_view kNotValid = "One or more parameter values are not valid. ";

bool is_empty(const AttributeValue& value) {
  if (const auto* text = value.as_string()) return text->empty();
  if (const auto* binary = value.as_binary()) return binary->bytes.empty();
  return false;
}

std::string_view kind_of_empty(const AttributeValue& value) { return value.as_binary() ? "binary" : "string"; }

std::string cannot_be_empty(const AttributeValue& value) {
  return std::string{"The AttributeValue for a key attribute cannot contain an empty "}
      .append(kind_of_empty(value))
      .append(" value.");
}

/// Bytes of the attributes that `item` has. Number keys always fit.
std::size_t key_bytes(const std::vector<KeyAttribute>& attributes, const Item& item) {
  std::size_t bytes = 0;
  for (const auto& attribute : attributes) {
    if (const auto* value = item.find(attribute.name)) bytes += model::size_of(*value);
  }
  return bytes;
}

bool fits(const KeySchema& schema, const Item& item) {
  return key_bytes(schema.hash, item) <= model::kMaxHashKeyBytes &&
         key_bytes(schema.range, item) <= model::kMaxRangeKeyBytes;
}

Result<void> check_key_sizes(const KeySchema& schema, const Item& item) {
  if (key_bytes(schema.hash, item) > model::kMaxHashKeyBytes) {
    return invalid_parameter_values("Size of hashkey has exceeded the maximum size limit of2048 bytes");
  }
  if (key_bytes(schema.range, item) > model::kMaxRangeKeyBytes) {
    return invalid_parameter_values("Aggregated size of all range keys has exceeded the size limit of 1024 bytes");
  }
  return {};
}

/// Calls `check(attribute)` for the hash and range attributes until one fails.
template <class Check>
Result<void> for_each_key(const KeySchema& schema, Check check) {
  for (const auto* part : {&schema.hash, &schema.range}) {
    for (const auto& attribute : *part) TRY(check(attribute));
  }
  return {};
}

Result<void> check_not_empty(const KeySchema& schema, const Item& item) {
  return for_each_key(schema, [&](const KeyAttribute& attribute) -> Result<void> {
    const auto* value = item.find(attribute.name);
    if (!is_empty(*value)) return {};
    return validation_error(std::string{kNotValid} + cannot_be_empty(*value) + " Key: " + attribute.name);
  });
}

Result<void> check_put_index_key(const model::IndexDefinition& index, const KeyAttribute& attribute,
                                 const AttributeValue& value) {
  TRY(check_index_key_type(index, attribute, value));
  if (!is_empty(value)) return {};
  return validation_error(std::string{kNotValid} + "A value specified for a secondary index key is not supported. " +
                          cannot_be_empty(value) + " IndexName: " + index.name + ", IndexKey: " + attribute.name);
}

bool is_fit(const KeyAttribute& attribute, const AttributeValue* value) {
  return value != nullptr && value->type() == attribute.type && !is_empty(*value);
}

}  // namespace

Result<storage::EncodedKey> encode_item_key(const KeySchema& schema, const Item& item) {
  TRY(for_each_key(schema, [&](const KeyAttribute& attribute) -> Result<void> {
    const auto* value = item.find(attribute.name);
    if (value == nullptr) return invalid_parameter_values("Missing the key " + attribute.name + " in the item");
    if (value->type() == attribute.type) return {};
    return invalid_parameter_values("Type mismatch for key " + attribute.name +
                                    " expected: " + std::string{model::type_name(attribute.type)} +
                                    " actual: " + std::string{model::type_name(value->type())});
  }));
  TRY(check_not_empty(schema, item));
  TRY(check_key_sizes(schema, item));
  return storage::encode_key(schema, item);
}

bool has_key_shape(const KeySchema& schema, const Item& key) {
  if (key.size() != schema.size()) return false;
  for (const auto* part : {&schema.hash, &schema.range}) {
    for (const auto& attribute : *part) {
      const auto* value = key.find(attribute.name);
      if (value == nullptr || value->type() != attribute.type) return false;
    }
  }
  return true;
}

Result<storage::EncodedKey> encode_request_key(const KeySchema& schema, const Item& key) {
  if (!has_key_shape(schema, key)) {
    return validation_error("The provided key element does not match the schema");
  }
  TRY(check_not_empty(schema, key));
  TRY(check_key_sizes(schema, key));
  return storage::encode_key(schema, key);
}

Result<void> check_index_key_type(const model::IndexDefinition& index, const KeyAttribute& attribute,
                                  const AttributeValue& value) {
  if (value.type() == attribute.type) return {};
  return invalid_parameter_values(
      "Type mismatch for Index Key " + attribute.name + " Expected: " + std::string{model::type_name(attribute.type)} +
      " Actual: " + std::string{model::type_name(value.type())} + " IndexName: " + index.name);
}

Result<void> check_index_keys(const model::TableDefinition& table, const Item& item) {
  for (const auto& index : table.indexes) {
    TRY(for_each_key(index.key_schema, [&](const KeyAttribute& attribute) {
      const auto* value = item.find(attribute.name);
      return value == nullptr ? Result<void>{} : check_put_index_key(index, attribute, *value);
    }));
    TRY(check_key_sizes(index.key_schema, item));
  }
  return check_vector_attributes(table, item);
}

Result<void> check_updated_index_keys(const model::TableDefinition& table, const Item& before, const Item& after) {
  for (const auto& index : table.indexes) {
    bool changed = false;
    TRY(for_each_key(index.key_schema, [&](const KeyAttribute& attribute) -> Result<void> {
      const auto* value = after.find(attribute.name);
      const auto* old_value = before.find(attribute.name);
      if (value == nullptr || (old_value != nullptr && *old_value == *value)) return {};
      changed = true;
      if (value->type() != attribute.type) {
        return validation_error(
            "The update expression attempted to update the secondary index key to unsupported type");
      }
      if (is_empty(*value)) {
        return validation_error(std::string{kNotValid} +
                                "The update expression attempted to update a secondary index key to a value that is "
                                "not supported. " +
                                cannot_be_empty(*value));
      }
      return {};
    }));
    if (changed && !fits(index.key_schema, after)) {
      return validation_error(
          "The update expression attempted to update the secondary index key beyond allowed size limits");
    }
  }
  return check_updated_vector_attributes(table, before, after);
}

bool is_indexed(const model::IndexDefinition& index, const Item& item) {
  for (const auto* part : {&index.key_schema.hash, &index.key_schema.range}) {
    for (const auto& attribute : *part) {
      if (!is_fit(attribute, item.find(attribute.name))) return false;
    }
  }
  return fits(index.key_schema, item);
}

}  // namespace millrace::plan
