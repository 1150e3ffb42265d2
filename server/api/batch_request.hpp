// What BatchGetItem and BatchWriteItem have in common: the tables of `RequestItems`.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/capacity.hpp"
#include "server/api/operation.hpp"
#include "server/json/document.hpp"
#include "server/json/object_writer.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {

/// Whether a key of RequestItems is a table's name or ARN.
bool is_batch_table_name(std::string_view name);

/// Adds a violation for each of the `count` keys that is neither; it echoes the whole of RequestItems as JSON.
void add_bad_table_names(validation::Constraints& constraints, const json::Object& body, std::size_t count,
                         const std::function<std::string_view(std::size_t)>& name_at);

/// Writes the member `ConsumedCapacity`, a list with one entry per table, unless `detail` is kNone.
void write_batch_capacity(json::ObjectWriter& answer, CapacityDetail detail,
                          const std::vector<ConsumedCapacity>& capacity);

}  // namespace millrace::api
