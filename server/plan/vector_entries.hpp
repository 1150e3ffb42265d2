// The entries that vector indexes keep: which items have one, and how they are kept up (API reference, 3.13 and 7.2).
#pragma once

#include <optional>
#include <string_view>

#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"
#include "server/plan/context/capacity.hpp"
#include "server/plan/index_entries.hpp"
#include "server/storage/storage.hpp"
#include "server/vectors/vector_cache.hpp"
#include "server/vectors/vector_entry.hpp"

namespace millrace::plan {

/// Whether the index shows the attribute: the key of the table, the search schema, the vector, NonKeyAttributes, or
/// everything.
bool is_projected(const model::TableDefinition& table, const model::VectorIndexDefinition& index,
                  std::string_view attribute);

/// The entry of an item; empty when it lacks the vector or the HASH attribute, or one of them is not fit for the index.
std::optional<vectors::VectorEntry> make_vector_entry(const model::TableDefinition& table,
                                                      const model::VectorIndexDefinition& index,
                                                      const model::Item& item);

/// Brings the rows of every vector index from `old_item` to `new_item` (null: there is none), in the caller's
/// transaction, `cache` with them, and charges `capacity`. A null cache is for tables that nobody can search yet.
StorageResult<void> update_vector_entries(storage::Storage& storage, vectors::VectorCache* cache,
                                          const model::TableDefinition& table, const model::Item* old_item,
                                          const model::Item* new_item, ConsumedCapacity& capacity);

/// As that of other indexes: one portion of an index that is being filled. The first one ends its allocation and fills
/// nothing.
StorageResult<void> backfill_portion(storage::Storage& storage, json::Parser& parser,
                                     const model::TableDefinition& table, model::VectorIndexDefinition& index,
                                     const storage::Budget& budget);

}  // namespace millrace::plan
