// TransactWriteItems (API reference, 3.12). All members are checked in one entry into the gate and written in the same:
// nobody sees a part of them. What is told of its request: items/transact_write_request.
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/items/batch_request.hpp"
#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_write.hpp"
#include "server/api/items/transact_write_request.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/plan/item_read.hpp"
#include "server/plan/transaction.hpp"

namespace millrace::api {
namespace {

using Kind = plan::ItemWrite::Kind;

constexpr members::Member kUpdateExpression{
    .name = "UpdateExpression", .shape = &members::kString, .presence = of_items::kRequired};
constexpr members::Member kCheckedCondition{
    .name = "ConditionExpression", .shape = &members::kString, .presence = of_items::kRequired};
constexpr members::Member kPutItem{.name = "Item", .shape = &of_items::kItem, .presence = of_items::kRequired};

constexpr std::array kMembersOfCheckElement{of_items::kKey,
                                            of_items::kTableName,
                                            kCheckedCondition,
                                            of_items::kAttributeNames,
                                            of_items::kExpressionValues,
                                            of_items::kReturnValuesOnConditionCheckFailure};
constexpr std::array kMembersOfPutElement{kPutItem,
                                          of_items::kTableName,
                                          of_items::kConditionExpression,
                                          of_items::kAttributeNames,
                                          of_items::kExpressionValues,
                                          of_items::kReturnValuesOnConditionCheckFailure};
constexpr std::array kMembersOfDeleteElement{of_items::kKey,
                                             of_items::kTableName,
                                             of_items::kConditionExpression,
                                             of_items::kAttributeNames,
                                             of_items::kExpressionValues,
                                             of_items::kReturnValuesOnConditionCheckFailure};
constexpr std::array kMembersOfUpdateElement{of_items::kKey,
                                             kUpdateExpression,
                                             of_items::kTableName,
                                             of_items::kConditionExpression,
                                             of_items::kAttributeNames,
                                             of_items::kExpressionValues,
                                             of_items::kReturnValuesOnConditionCheckFailure};
constexpr members::Shape kConditionCheck{
    .kind = members::Kind::kStructure, .name = "ConditionCheck", .members = kMembersOfCheckElement};
constexpr members::Shape kPut{.kind = members::Kind::kStructure, .name = "Put", .members = kMembersOfPutElement};
constexpr members::Shape kDelete{
    .kind = members::Kind::kStructure, .name = "Delete", .members = kMembersOfDeleteElement};
constexpr members::Shape kUpdate{
    .kind = members::Kind::kStructure, .name = "Update", .members = kMembersOfUpdateElement};
constexpr std::array kMembersOfWriteElement{members::Member{.name = "ConditionCheck", .shape = &kConditionCheck},
                                            members::Member{.name = "Put", .shape = &kPut},
                                            members::Member{.name = "Delete", .shape = &kDelete},
                                            members::Member{.name = "Update", .shape = &kUpdate}};
constexpr members::Shape kWriteElement{
    .kind = members::Kind::kStructure, .name = "TransactWriteItem", .members = kMembersOfWriteElement};
constexpr members::Shape kWriteElements{.kind = members::Kind::kList, .element = &kWriteElement};
constexpr std::array kTransactWriteItemsMembers{
    members::Member{.name = "TransactItems",
                    .shape = &kWriteElements,
                    .presence = of_items::kRequired,
                    .bounds = {1, kMaxTransactionMembers}},
    of_items::kReturnConsumedCapacity,
    of_items::kReturnItemCollectionMetrics,
    members::Member{.name = "ClientRequestToken", .shape = &members::kString, .bounds = {1, 36}},
};

/// What is to be done: the writes, or nothing, as it has been done before.
struct PreparedTransaction {
  std::vector<plan::TransactionMember> members;
  std::vector<plan::LocatedMember> located;
  std::vector<plan::PreparedWrite> writes;   ///< empty of a replay
  std::vector<plan::ConsumedCapacity> read;  ///< of a replay, one per table
  const model::Account* account{nullptr};    ///< whose token it is
};

struct TransactWriteResponse {
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  CapacityKind capacity_kind{CapacityKind::kWrite};
  std::vector<plan::ConsumedCapacity> capacity;  ///< one per table, in the order of their first use
  TouchedCollections collections;
};

/// A transaction is long by the number of its rows, or by what they hold: then large items are looked into before the
/// gate is entered, and read once more in it.
void leave_or_judge(OperationContext& context, const TransactWriteRequest& request) {
  constexpr std::size_t kMany = 12;
  if (context.lane == Lane::kIo) {
    context.wants_aside = request.members.size() > kMany;
    return;
  }
  constexpr std::size_t kLarge = std::size_t{16} << 10U;
  for (const auto& [table, write] : request.members) {
    if (!write.condition && write.kind() != Kind::kUpdate) continue;
    auto row = peek(context, table, write);
    if (row.has_error() || !*row || (*row)->item_size < kLarge) continue;
    judge(context, **std::move(row), write);
  }
}

/// Whether the transaction has been carried out under its token. Errors: another one has.
Result<bool> is_replay(const PrepareContext& context, const TransactWriteRequest& request,
                       const model::Account& account) {
  if (!request.token) return false;
  if (context.faults.fires(FaultPoint::kDynamodbTransactionInProgress)) {
    return ApiError{ErrorKind::kTransactionInProgress,
                    "The transaction with the given request token is already in progress."};
  }
  TRY_ASSIGN(const auto fingerprint, context.tokens.find(account, *request.token, context.clock.now()));
  if (!fingerprint) return false;
  if (*fingerprint == request.fingerprint) return true;
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

Result<PreparedTransaction> prepare_transact_write(const PrepareContext& context, const TransactWriteRequest& request) {
  PreparedTransaction prepared;
  prepared.account = &context.tables.caller().account;
  prepared.members.reserve(request.members.size());
  for (const auto& member : request.members) {
    TRY_ASSIGN(auto table, context.tables.require(member.table));
    prepared.members.push_back({std::move(table), &member.write});
  }
  TRY_ASSIGN(prepared.located, plan::locate_transaction(prepared.members));
  TRY_ASSIGN(const bool replays, is_replay(context, request, *prepared.account));
  if (replays) {
    TRY_ASSIGN(prepared.read, read_again(context, prepared.located));
    return prepared;
  }
  if (context.faults.fires(FaultPoint::kDynamodbConflict)) {
    return plan::transaction_cancelled(request.members.size(), 0, plan::conflict());
  }
  constexpr std::size_t kMostBytesOfIo = std::size_t{256} << 10U;
  const std::size_t most_bytes = context.lane == Lane::kIo ? kMostBytesOfIo : SIZE_MAX;
  TRY_ASSIGN(prepared.writes, plan::prepare_transaction(context.read, prepared.located, most_bytes));
  context.wants_aside = prepared.writes.size() < prepared.located.size();
  return prepared;
}

StorageResult<void> remember(const plan::WriteContext& context, const TransactWriteRequest& request,
                             const PreparedTransaction& prepared) {
  auto& transactions = *context.transactions;
  for (const auto& [member, row_key] : prepared.located) {
    transactions.ongoing.add(context.group, member->table->definition.keyspace, row_key);
  }
  if (!request.token) return {};
  return transactions.tokens.remember(*prepared.account, *request.token, request.fingerprint, context.clock.now());
}

StorageResult<TransactWriteResponse> apply_transact_write(const plan::WriteContext& context,
                                                          const TransactWriteRequest& request,
                                                          PreparedTransaction prepared) {
  TransactWriteResponse response;
  response.capacity_detail = request.capacity_detail;
  if (prepared.writes.empty()) {
    response.capacity_kind = CapacityKind::kRead;
    response.capacity = std::move(prepared.read);
    return response;
  }
  for (std::size_t at = 0; at < prepared.writes.size(); ++at) {
    const auto& write = prepared.writes[at];
    auto consumed = plan::apply(context, write);
    if (consumed.has_error()) return consumed.error();
    consumed->table_units *= 2;
    plan::capacity_of(response.capacity, write.table()).add(*consumed);
    if (request.wants_collection_metrics && write.table()->has_local_index &&
        write.write().kind() != Kind::kConditionCheck) {
      response.collections.add(request.members[at].table.text(), write.table()->definition.key_schema,
                               write.write().item());
    }
  }
  if (auto remembered = remember(context, request, prepared); remembered.has_error()) return remembered.error();
  return response;
}

void write_transact_write(std::string& out, const TransactWriteResponse& response) {
  json::ObjectWriter writer{out};
  write_batch_capacity(writer, response.capacity_detail, response.capacity, response.capacity_kind);
  response.collections.write(writer);
  writer.finish();
}

}  // namespace

extern const Operation kTransactWriteItems{
    "DynamoDB_20120810.TransactWriteItems",
    run_plan<parse_transact_write, leave_or_judge, prepare_transact_write, apply_transact_write, write_transact_write>,
    kTransactWriteItemsMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
