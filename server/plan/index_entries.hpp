// The rows that secondary indexes keep: which items they hold and what each row shows (API reference, 6).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"
#include "server/plan/context/capacity.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

/// Whether the index shows the attribute: keys of table and index, NonKeyAttributes, or everything.
bool is_projected(const model::TableDefinition& table, const model::IndexDefinition& index, std::string_view attribute);

/// Appends the canonical JSON of what the index shows of `item`; returns its size in DynamoDB's count.
std::size_t append_entry(std::string& out, const model::TableDefinition& table, const model::IndexDefinition& index,
                         const model::Item& item);

/// An item together with its canonical JSON and size: an index that shows everything stores just these.
struct KnownItem {
  const model::Item& item;
  std::string_view json;
  std::size_t size{0};
};

/// Whether a change from `before` to `after` (empty: there is none) touches the index.
bool changes_entry(const model::TableDefinition& table, const model::IndexDefinition& index,
                   const std::optional<KnownItem>& before, const std::optional<KnownItem>& after);

/// Brings the rows of every index from `old_item` to `new_item` (empty: there is none), in the caller's transaction,
/// and charges `capacity` for what moved or changed.
StorageResult<void> update_entries(storage::Storage& storage, const model::TableDefinition& table,
                                   const std::optional<KnownItem>& old_item, const std::optional<KnownItem>& new_item,
                                   ConsumedCapacity& capacity);

/// Fills `index`, which is backfilling, from the next rows of the table (half as many as `budget` says: each is read
/// and written) and moves its mark on; the mark goes with the last row. Items whose index key is missing or unfit are
/// skipped silently. Writes that happen in between keep the entries of their items right on both sides of the mark.
StorageResult<void> backfill_portion(storage::Storage& storage, json::Parser& parser,
                                     const model::TableDefinition& table, model::IndexDefinition& index,
                                     const storage::Budget& budget);

}  // namespace millrace::plan
