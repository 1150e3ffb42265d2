// Query (API reference, 3.9 and 6).
#include <array>
#include <utility>

#include "server/api/items/items_read.hpp"
#include "server/api/items/read_request.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/plan/key_range.hpp"
#include "server/plan/page_read.hpp"

namespace millrace::api {
namespace {

constexpr std::array kQueryMembers{
    of_items::kTableName,
    of_items::kIndexName,
    of_items::kSelect,
    of_items::kAttributesToGet,
    of_items::kLimit,
    of_items::kConsistentRead,
    members::Member{.name = "KeyConditions", .shape = &of_items::kConditions},
    members::Member{.name = "QueryFilter", .shape = &of_items::kConditions},
    of_items::kConditionalOperator,
    members::Member{.name = "ScanIndexForward", .shape = &members::kBoolean},
    of_items::kExclusiveStartKey,
    of_items::kReturnConsumedCapacity,
    of_items::kProjectionExpression,
    of_items::kFilterExpression,
    members::Member{.name = "KeyConditionExpression", .shape = &members::kString},
    of_items::kAttributeNames,
    of_items::kExpressionValues,
};

using base::validation_error;
using expression::KeyCondition;
using expression::KeyOperator;

bool asks_for_one_row(const KeyCondition& condition, const model::KeySchema& schema) {
  return !condition.range.empty() && condition.range.size() == schema.range.size() &&
         condition.range.back().op == KeyOperator::kEqual;
}

/// A start key must lie where the query looks.
Result<void> check_start_key_place(const plan::ReadTarget& target, const KeyCondition& condition,
                                   const model::Item& start) {
  if (target.index == nullptr && target.key_schema().range.empty()) {
    const auto& hash = target.key_schema().hash.front().name;
    return validation_error("The provided exclusive start key is invalid: ExclusiveStartKey: {" + hash +
                            "=AttributeValue: " + model::to_message_text(*start.find(hash)) + "}");
  }
  if (!expression::hash_matches(condition, start)) {
    if (asks_for_one_row(condition, target.key_schema())) {
      return validation_error("The query can return at most one row and cannot be restarted");
    }
    return validation_error("The provided starting key is outside query boundaries based on provided conditions");
  }
  if (!expression::range_matches(condition, start)) {
    return validation_error("The provided starting key does not match the range key predicate");
  }
  return {};
}

Result<ReadRequest> parse_query(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_items_read(ItemsRead::kQuery, expressions, body);
}

Result<plan::PreparedPageRead> prepare_query(const PrepareContext& context, const ReadRequest& request) {
  TRY_ASSIGN(auto target, find_target(ItemsRead::kQuery, context, request));
  const auto& start_key = request.exclusive_start_key;
  if (start_key) TRY(check_start_key(ItemsRead::kQuery, target, *start_key));
  TRY_ASSIGN(const auto condition, expression::bind_key_condition(request.key_terms, target.key_schema()));
  if (start_key) TRY(check_start_key_place(target, condition, *start_key));
  if (request.read.filter) {
    TRY(expression::check_filters_no_key(*request.read.filter, target.key_schema(), request.filter_parameter));
  }
  auto range = plan::range_of(target.key_schema(), condition);
  if (start_key) plan::begin_behind(range, target.encode_position(*start_key), request.read.direction);
  TRY(plan::admit_read_of(context.read, *target.table, target.index, condition.hash));
  return plan::prepare(context.read, std::move(target), std::move(range), request.read);
}

}  // namespace

extern const Operation kQuery{"DynamoDB_20120810.Query",
                              run_read<parse_query, prepare_query, read_items, finish_items_read>, kQueryMembers,
                              FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
