#include "server/api/items/transact_write.hpp"

#include <utility>

#include "server/api/items/batch_request.hpp"
#include "server/api/items/item_write.hpp"
#include "server/plan/item_read.hpp"

namespace millrace::api {
namespace {

/// Whether the transaction has been carried out under its token. Errors: another one has.
Result<bool> is_replay(const PrepareContext& context, const TransactionTerms& terms, const model::Account& account) {
  if (!terms.token) return false;
  if (context.faults.fires(FaultPoint::kDynamodbTransactionInProgress)) {
    return ApiError{ErrorKind::kTransactionInProgress,
                    "The transaction with the given request token is already in progress."};
  }
  TRY_ASSIGN(const auto fingerprint, context.tokens.find(account, *terms.token, context.clock.now()));
  if (!fingerprint) return false;
  if (*fingerprint == terms.fingerprint) return true;
  return ApiError{ErrorKind::kIdempotentParameterMismatch,
                  "DynamoDB rejected the request because you retried a request with a different payload but with an "
                  "idempotent token that was already used."};
}

/// What a replay is charged: the reading of its items.
Result<std::vector<plan::ConsumedCapacity>> read_again(const PrepareContext& context,
                                                       const std::vector<plan::LocatedMember>& located) {
  std::vector<plan::ConsumedCapacity> capacity;
  for (const auto& [member, row_key] : located) {
    TRY_ASSIGN(const auto row, context.read.storage.read_row(member->table->definition.keyspace, row_key));
    plan::capacity_of(capacity, member->table).table_units += 2 * plan::units_of(row, plan::Consistency::kStrong);
  }
  return capacity;
}

StorageResult<void> remember(const plan::WriteContext& context, const TransactionTerms& terms,
                             const PreparedTransaction& prepared) {
  auto& transactions = *context.transactions;
  for (const auto& [member, row_key] : prepared.located) {
    transactions.ongoing.add(context.group, member->table->definition.keyspace, row_key);
  }
  if (!terms.token) return {};
  return transactions.tokens.remember(*prepared.account, *terms.token, terms.fingerprint, context.clock.now());
}

}  // namespace

void TransactionCapacity::write(json::ObjectWriter& answer) const {
  write_batch_capacity(answer, detail, tables, kind);
}

void judge_transaction_ahead(OperationContext& context, std::span<const TransactedWrite> members) {
  if (context.lane == Lane::kIo) {
    context.wants_aside = is_long_transaction(members.size());
    return;
  }
  constexpr std::size_t kLarge = std::size_t{16} << 10U;
  for (const auto& [table, write] : members) {
    if (!write.condition && write.kind() != plan::ItemWrite::Kind::kUpdate) continue;
    auto row = peek(context, table, write);
    if (row.has_error() || !*row || (*row)->item_size < kLarge) continue;
    judge(context, **std::move(row), write);
  }
}

Result<PreparedTransaction> prepare_transaction(const PrepareContext& context,
                                                std::vector<plan::TransactionMember> members,
                                                const TransactionTerms& terms) {
  PreparedTransaction prepared;
  prepared.account = &context.tables.caller().account;
  prepared.members = std::move(members);
  TRY_ASSIGN(prepared.located, plan::locate_transaction(prepared.members));
  TRY_ASSIGN(const bool replays, is_replay(context, terms, *prepared.account));
  if (replays) {
    TRY_ASSIGN(prepared.read, read_again(context, prepared.located));
    return prepared;
  }
  if (context.faults.fires(FaultPoint::kDynamodbConflict)) {
    return plan::transaction_cancelled(prepared.members.size(), 0, plan::conflict());
  }
  constexpr std::size_t kMostBytesOfIo = std::size_t{256} << 10U;
  const std::size_t most_bytes = context.lane == Lane::kIo ? kMostBytesOfIo : SIZE_MAX;
  TRY_ASSIGN(prepared.writes, plan::prepare_transaction(context.read, prepared.located, most_bytes));
  context.wants_aside = prepared.writes.size() < prepared.located.size();
  return prepared;
}

StorageResult<TransactionCapacity> apply_transaction(const plan::WriteContext& context, const TransactionTerms& terms,
                                                     PreparedTransaction prepared) {
  TransactionCapacity capacity{terms.capacity_detail, CapacityKind::kWrite, {}};
  if (prepared.writes.empty()) {
    capacity.kind = CapacityKind::kRead;
    capacity.tables = std::move(prepared.read);
    return capacity;
  }
  for (const auto& write : prepared.writes) {
    auto consumed = plan::apply(context, write);
    if (consumed.has_error()) return consumed.error();
    if (context.limits != nullptr) {  // the first half was charged by the write
      context.limits->charge(plan::ThroughputLimits::Direction::kWrite, {consumed->table, consumed->table_units, {}});
    }
    consumed->table_units *= 2;
    plan::capacity_of(capacity.tables, write.table()).add(*consumed);
  }
  if (auto remembered = remember(context, terms, prepared); remembered.has_error()) return remembered.error();
  return capacity;
}

}  // namespace millrace::api
