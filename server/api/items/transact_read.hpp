// Transactions that read, whoever words them (TransactGetItems, ExecuteTransaction): items of one moment, as each is
// read in the same entry into the gate (API reference, 3.12).
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_writer.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/transaction.hpp"

namespace millrace::api {

/// What the gate was needed for.
struct TransactedItems {
  std::vector<plan::ConsumedCapacity> capacity;  ///< one per table, in the order of their first use
  std::vector<std::optional<storage::Row>> rows;
};

/// Checks and reads them: how large they are together is a check. A member's write is a condition check without a
/// condition: what it is about is found as of any member.
Result<TransactedItems> read_transaction(const PrepareContext& context,
                                         std::span<const plan::TransactionMember> members);

/// Outside the gate: Responses and ConsumedCapacity, each item cut by its projection. Long work asks for another lane
/// first.
void finish_transaction_read(OperationContext& context, std::span<const plan::ItemProjection* const> projections,
                             CapacityDetail detail, TransactedItems found, json::ObjectWriter& answer);

}  // namespace millrace::api
