// What BatchGetItem and BatchWriteItem have in common: the tables of `RequestItems`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/api/capacity.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

/// Whether a key of RequestItems is a table's name or ARN.
bool is_batch_table_name(std::string_view name);

/// Adds the violation for a key that is neither. `printed` is RequestItems as messages echo it.
void add_bad_table_name(validation::Constraints& constraints, const std::string& printed);

/// Writes the member `ConsumedCapacity`, a list with one entry per table, unless `detail` is kNone.
void write_batch_capacity(json::ObjectWriter& answer, CapacityDetail detail,
                          const std::vector<ConsumedCapacity>& capacity);

}  // namespace millrace::api
