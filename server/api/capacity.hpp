// Capacity units: how many a read or a write costs, and how ConsumedCapacity tells it (API reference, 7).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/table_catalog.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// ReturnConsumedCapacity.
enum class CapacityDetail : std::uint8_t { kNone, kTotal, kIndexes };

enum class Consistency : std::uint8_t { kEventual, kStrong };

struct IndexUnits {
  const model::IndexDefinition* index{nullptr};
  double units{0};
};

/// What one operation cost on one table. `table` keeps what `indexes` points to alive.
struct ConsumedCapacity {
  TablePointer table;
  double table_units{0};
  std::vector<IndexUnits> indexes;  ///< only those that were charged

  /// Charges `units` to `index`, together with earlier charges; nothing for zero units.
  void charge(const model::IndexDefinition& index, double units);
  /// Adds the charges of another operation on the same table.
  void add(const ConsumedCapacity& other);
};

/// Every begun 4096 bytes, at least one: 1 unit each, half of that when eventually consistent.
double read_units(std::size_t bytes, Consistency consistency);
/// Every begun 1024 bytes, at least one.
double write_units(std::size_t bytes);

/// Appends the ConsumedCapacity structure. `detail` is not kNone.
void append_consumed_capacity(std::string& out, CapacityDetail detail, const ConsumedCapacity& capacity);

/// Writes the member `ConsumedCapacity`, unless `detail` is kNone.
void write_consumed_capacity(json::ObjectWriter& answer, CapacityDetail detail, const ConsumedCapacity& capacity);

}  // namespace millrace::api
