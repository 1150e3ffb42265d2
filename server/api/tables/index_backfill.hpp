// An index that is made of a table that is there.
#pragma once

#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/plan/index_entries.hpp"
#include "server/plan/vector_entries.hpp"

namespace millrace::api {

/// A new index over a table of this size is filled within the request: it can be used at once, and nobody notices.
inline constexpr storage::KeyspaceStatistics kFilledAtOnce{500, 500'000};

/// Makes the keyspace of a new index of any kind; fills it when the table is small, and leaves it to
/// jobs::IndexBackfill otherwise.
template <class Index>
Result<void> start_backfill(OperationContext& context, const model::TableDefinition& table, Index& index) {
  auto& storage = context.services.gate.storage();
  TRY_ASSIGN(index.keyspace, storage.create_keyspace());
  index.backfill_from.emplace();
  TRY_ASSIGN(const auto size, storage.measure_keyspace(table.keyspace));
  if (size.row_count > kFilledAtOnce.row_count || size.item_bytes > kFilledAtOnce.item_bytes) {
    if constexpr (requires { index.is_allocating; }) index.is_allocating = true;
    return {};
  }
  while (index.is_backfilling()) TRY(plan::backfill_portion(storage, context.stored_parser, table, index, {}));
  return {};
}

}  // namespace millrace::api
