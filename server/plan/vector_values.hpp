// Vectors in items: lists of numbers that are held as 32-bit floats, and the attributes that searches filter by. Which
// an item may have where there is a vector index (API reference, 3.13).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::plan {

/// The nearest 32-bit float; empty outside their range.
std::optional<float> to_float(const model::Number& number);

/// A list of so many numbers as floats. Empty when it is none.
std::optional<std::vector<float>> to_vector(const model::AttributeValue& value, std::size_t dimensions);

/// Why a value is no such vector. `name` is what the text calls it, `suffix` ends each text (` IndexName: I`). Errors,
/// ValidationExceptions: no list, of another length, an element that is no number or outside the range of floats.
Result<std::vector<float>> read_vector(const model::AttributeValue& value, std::size_t dimensions,
                                       std::string_view name, std::string_view suffix);

/// Errors: a vector, or a value of a search schema, that a new item may not have.
Result<void> check_vector_attributes(const model::TableDefinition& table, const model::Item& item);

/// The same of what an update has changed.
Result<void> check_updated_vector_attributes(const model::TableDefinition& table, const model::Item& before,
                                             const model::Item& after);

/// Whether a value that is there may be one of the search schema.
bool is_search_value(const model::SearchAttribute& attribute, const model::AttributeValue& value);

}  // namespace millrace::plan
