// TransactWriteItems (API reference, 3.12). All members are checked in one entry into the gate and written in the same:
// nobody sees a part of them. Its request: items/transact_write_request. What it shares with ExecuteTransaction:
// items/transact_write.
#include <array>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "server/api/items/batch_request.hpp"
#include "server/api/items/transact_write.hpp"
#include "server/api/items/transact_write_request.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/plan/transaction.hpp"

namespace millrace::api {
namespace {

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

struct TransactWriteResponse {
  TransactionCapacity capacity;
  TouchedCollections collections;
};

void leave_or_judge(OperationContext& context, const TransactWriteRequest& request) {
  judge_transaction_ahead(context, request.members);
}

Result<PreparedTransaction> prepare_transact_write(const PrepareContext& context, const TransactWriteRequest& request) {
  std::vector<plan::TransactionMember> members;
  members.reserve(request.members.size());
  for (const auto& member : request.members) {
    TRY_ASSIGN(auto table, context.tables.require(member.table));
    members.push_back({std::move(table), &member.write});
  }
  return prepare_transaction(context, std::move(members), request.terms);
}

StorageResult<TransactWriteResponse> apply_transact_write(const plan::WriteContext& context,
                                                          const TransactWriteRequest& request,
                                                          PreparedTransaction prepared) {
  TransactWriteResponse response;
  if (request.terms.wants_collection_metrics) {
    for (std::size_t at = 0; at < prepared.writes.size(); ++at) {
      const auto& write = prepared.writes[at];
      if (!write.table()->has_local_index || write.write().kind() == plan::ItemWrite::Kind::kConditionCheck) continue;
      response.collections.add(request.members[at].table.text(), write.table()->definition.key_schema,
                               write.write().item());
    }
  }
  auto applied = apply_transaction(context, request.terms, std::move(prepared));
  if (applied.has_error()) return std::move(applied).error();
  response.capacity = *std::move(applied);
  return response;
}

void write_transact_write(std::string& out, const TransactWriteResponse& response) {
  json::ObjectWriter writer{out};
  response.capacity.write(writer);
  response.collections.write(writer);
  writer.finish();
}

}  // namespace

extern const Operation kTransactWriteItems{
    "DynamoDB_20120810.TransactWriteItems",
    run_plan<parse_transact_write, leave_or_judge, prepare_transact_write, apply_transact_write, write_transact_write>,
    kTransactWriteItemsMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
