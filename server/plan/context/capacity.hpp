// Capacity units: how many a read or a write costs (API reference, 7). How answers tell it: api/items.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/catalog/table_catalog.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::plan {

enum class Consistency : std::uint8_t { kEventual, kStrong };

struct IndexUnits {
  const model::IndexDefinition* index{nullptr};
  double units{0};
};

/// Writes to vector indexes are counted in bytes, apart from units.
struct VectorWriteBytes {
  const model::VectorIndexDefinition* index{nullptr};
  double bytes{0};
};

/// What one operation cost on one table. `table` keeps what the indexes point to alive.
struct ConsumedCapacity {
  catalog::TablePointer table;
  double table_units{0};
  std::vector<IndexUnits> indexes;                 ///< only those that were charged
  std::vector<VectorWriteBytes> vector_indexes{};  ///< likewise
  double refused_units{0};                         ///< of what was refused within a batch: told in the sum alone

  /// Charges `units` to `index`, together with earlier charges; nothing for zero units.
  void charge(const model::IndexDefinition& index, double units);
  void charge(const model::VectorIndexDefinition& index, double bytes);
  /// Adds the charges of another operation on the same table.
  void add(const ConsumedCapacity& other);
};

/// That of `table` among those of an operation on several, in the order of their first use.
ConsumedCapacity& capacity_of(std::vector<ConsumedCapacity>& all, const catalog::TablePointer& table);

/// Every begun 4096 bytes, at least one: 1 unit each, half of that when eventually consistent.
double read_units(std::size_t bytes, Consistency consistency);
/// Every begun 1024 bytes, at least one.
double write_units(std::size_t bytes);

}  // namespace millrace::plan
