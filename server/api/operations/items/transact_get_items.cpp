// TransactGetItems (API reference, 3.12): items of one moment. Each is read in the same entry into the gate.
#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_projection.hpp"
#include "server/api/items/java_text.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/items/transact_read.hpp"
#include "server/api/items/transact_write.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/transaction.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

constexpr std::array kMembersOfGet{of_items::kKey, of_items::kTableName, of_items::kProjectionExpression,
                                   of_items::kAttributeNames};
constexpr members::Shape kGet{.kind = members::Kind::kStructure, .name = "Get", .members = kMembersOfGet};
constexpr std::array kMembersOfGetElement{
    members::Member{.name = "Get", .shape = &kGet, .presence = of_items::kRequired}};
constexpr members::Shape kGetElement{
    .kind = members::Kind::kStructure, .name = "TransactGetItem", .members = kMembersOfGetElement};
constexpr members::Shape kGetElements{.kind = members::Kind::kList, .element = &kGetElement};
constexpr std::array kTransactGetItemsMembers{
    members::Member{.name = "TransactItems",
                    .shape = &kGetElements,
                    .presence = of_items::kRequired,
                    .bounds = {1, kMaxTransactionMembers}},
    of_items::kReturnConsumedCapacity,
};

struct TransactGetRequest {
  struct Member {
    model::TableReference table;
    plan::ItemWrite key;  ///< a condition check without a condition: what it is about is found as of any member
    plan::ItemProjection projection;
  };
  std::vector<Member> members;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

/// One Get as its JSON says it.
struct GetInput {
  bool is_there{false};
  OptionalText table_name;
  std::optional<json::ItemInput> key;
  OptionalText projection_expression;
  expression::Placeholders placeholders;
};

GetInput read_get(json::ObjectReader& element) {
  GetInput input;
  auto get = element.structure("Get", "Get");
  if (!get) return input;
  input.is_there = true;
  input.key = get->item("Key");
  input.table_name = get->string("TableName");
  input.projection_expression = get->string("ProjectionExpression");
  input.placeholders = read_names(*get);
  element.adopt(*get);
  return input;
}

/// As an echo of the list shows it; how AWS prints the names is not known.
std::string to_java_text(const std::vector<GetInput>& gets) {
  const auto text_or_null = [](OptionalText text) { return text ? std::string{*text} : std::string{"null"}; };
  std::string text{"["};
  for (const auto& get : gets) {
    if (text.size() >= base::kMostMessageBytes) break;
    if (text.size() > 1) text.append(", ");
    text.append(fmt::format("TransactGetItem(get=Get(key={}, tableName={}, projectionExpression={}))",
                            get.key ? api::to_java_text(get.key->item) : "null", text_or_null(get.table_name),
                            text_or_null(get.projection_expression)));
  }
  return text.append("]");
}

Result<std::vector<model::TableReference>> check_constraints(const std::optional<std::vector<GetInput>>& gets,
                                                             OptionalText capacity) {
  validation::Constraints constraints;
  std::vector<model::TableReference> tables;
  constraints.required("transactItems", gets.has_value());
  if (gets && (gets->empty() || gets->size() > kMaxTransactionMembers)) {
    constraints.count("transactItems", gets->size(), to_java_text(*gets), 1, kMaxTransactionMembers);
  } else if (gets) {
    for (std::size_t at = 0; at < gets->size(); ++at) {
      const std::string path = fmt::format("transactItems.{}.member.get", at + 1);
      const GetInput& get = (*gets)[at];
      constraints.required(path, get.is_there);
      if (!get.is_there) continue;
      constraints.required(path + ".key", get.key.has_value());
      tables.push_back(constraints.table_reference(path + ".tableName", get.table_name));
    }
  }
  check_return_consumed_capacity(constraints, capacity);
  TRY(constraints.finish());
  return tables;
}

Result<TransactGetRequest> parse_transact_get(expression::ExpressionCache& expressions, const json::Object& body) {
  json::ObjectReader in{body};
  std::vector<GetInput> read;
  const auto count = in.structures("TransactItems", "TransactGetItem", [&](json::ObjectReader& element) {
    // One too many is all that needs to be known.
    if (read.size() <= kMaxTransactionMembers) read.push_back(read_get(element));
  });
  const auto capacity = in.string("ReturnConsumedCapacity");
  if (in.failed()) return in.error();
  std::optional<std::vector<GetInput>> gets;
  if (count) gets = std::move(read);
  TRY_ASSIGN(auto tables, check_constraints(gets, capacity));

  TransactGetRequest request;
  request.capacity_detail = capacity_detail_from(capacity);
  for (std::size_t at = 0; at < gets->size(); ++at) {
    GetInput& get = (*gets)[at];
    TRY(get.key->check(Wording::kClassic));
    auto& member = request.members.emplace_back();
    member.table = std::move(tables[at]);
    member.key = plan::ItemWrite::of_key(plan::ItemWrite::Kind::kConditionCheck, std::move(get.key->item));
    // Names beside no expression are no mistake here, unlike in GetItem.
    if (!get.projection_expression) continue;
    TRY(get.placeholders.check());
    TRY_ASSIGN(member.projection, resolve_projection(expressions, *get.projection_expression, get.placeholders));
    TRY(get.placeholders.check_all_used());
  }
  return request;
}

Result<TransactedItems> prepare_transact_get(const PrepareContext& context, const TransactGetRequest& request) {
  std::vector<plan::TransactionMember> members;
  members.reserve(request.members.size());
  for (const auto& member : request.members) {
    TRY_ASSIGN(auto table, context.tables.require(member.table));
    members.push_back({std::move(table), &member.key});
  }
  return read_transaction(context, members);
}

StorageResult<TransactedItems> take_found(const plan::ReadContext& /*context*/, TransactedItems found,
                                          json::ObjectWriter& /*answer*/) {
  return found;
}

void finish_transact_get(OperationContext& context, const TransactGetRequest& request, TransactedItems found,
                         json::ObjectWriter& answer) {
  std::vector<const plan::ItemProjection*> projections;
  projections.reserve(request.members.size());
  for (const auto& member : request.members) projections.push_back(&member.projection);
  finish_transaction_read(context, projections, request.capacity_detail, std::move(found), answer);
}

}  // namespace

extern const Operation kTransactGetItems{
    "DynamoDB_20120810.TransactGetItems",
    run_read<parse_transact_get, prepare_transact_get, take_found, finish_transact_get>, kTransactGetItemsMembers,
    FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
