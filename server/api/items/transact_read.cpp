#include "server/api/items/transact_read.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "server/api/items/batch_request.hpp"
#include "server/plan/item_read.hpp"

namespace millrace::api {
Result<TransactedItems> read_transaction(const PrepareContext& context,
                                         std::span<const plan::TransactionMember> members) {
  TRY_ASSIGN(const auto located, plan::locate_transaction(members));
  if (context.faults.fires(FaultPoint::kDynamodbConflict)) {
    return plan::transaction_cancelled(members.size(), 0, plan::conflict());
  }
  TRY(plan::check_no_conflict(context.read, located));
  TRY(plan::admit_transaction_read(context.read, located));
  TransactedItems found;
  std::size_t bytes = 0;
  for (const auto& [member, row_key] : located) {
    TRY_ASSIGN(auto row, context.read.storage.read_row(member->table->definition.keyspace, row_key));
    bytes += row ? row->item_size : 0;
    if (bytes > plan::kMaxTransactionBytes) return plan::transaction_too_large();
    plan::capacity_of(found.capacity, member->table).table_units += 2 * plan::units_of(row, plan::Consistency::kStrong);
    found.rows.push_back(std::move(row));
  }
  return found;
}

void finish_transaction_read(OperationContext& context, std::span<const plan::ItemProjection* const> projections,
                             CapacityDetail detail, TransactedItems found, json::ObjectWriter& answer) {
  std::size_t bytes = 0;
  std::size_t looks = 0;
  for (std::size_t at = 0; at < found.rows.size(); ++at) {
    const auto& projection = *projections[at];
    if (!found.rows[at] || !projection) continue;
    bytes += found.rows[at]->item_size;
    looks = std::max(looks, projection->ast->paths.size());
  }
  if (context.lane == Lane::kIo && is_long_work(bytes, looks)) {
    context.wants_aside = true;
    return;
  }
  // An item of which the projection shows nothing is not shown at all.
  for (std::size_t at = 0; at < found.rows.size(); ++at) {
    auto& row = found.rows[at];
    if (!row) continue;
    const auto& projection = *projections[at];
    row->item_json = plan::shown_json(projection, context.stored_parser, std::move(row->item_json));
    if (projection && row->item_json == "{}") row.reset();
  }
  std::string& out = answer.key("Responses");
  json::append_list(out, found.rows, [&out](const std::optional<storage::Row>& row) {
    json::ObjectWriter response{out};
    if (row) response.raw("Item", row->item_json);
    response.finish();
  });
  for (const auto& capacity : found.capacity) context.charge_read(capacity);
  write_batch_capacity(answer, detail, found.capacity, CapacityKind::kRead);
}

}  // namespace millrace::api
