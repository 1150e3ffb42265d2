#include "server/api/items/item_write_request.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "server/api/members/item_members.hpp"
#include "server/json/object_reader.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using Kind = plan::ItemWrite::Kind;
using base::in_wording;
using base::validation_error;
using expression::RequestMember;

/// The request as its JSON says it.
struct WriteMembers {
  OptionalText table_name;
  std::optional<json::ItemInput> item;  ///< Item or Key
  std::optional<AttributeUpdatesInput> attribute_updates;
  std::optional<ExpectedInput> expected;
  OptionalText conditional_operator;
  OptionalText return_values;
  OptionalText return_consumed_capacity;
  OptionalText return_item_collection_metrics;
  OptionalText update_expression;
  OptionalText condition_expression;
  PlaceholdersInput placeholders;
  OptionalText return_values_on_condition_check_failure;
};

/// Of all three writes (additions, row 1).
constexpr Wording kWriteWording = Wording::kEnveloped;

Result<void> enveloped(Result<void> checked) {
  if (checked.has_error()) return in_wording(kWriteWording, std::move(checked).error());
  return checked;
}

WriteMembers read_members(Kind kind, json::ObjectReader& in) {
  WriteMembers members;
  members.table_name = in.string("TableName");
  members.item = kind == Kind::kPut ? in.item("Item", plan::kMaxItemBytes) : in.item("Key");
  if (kind == Kind::kUpdate) members.attribute_updates = read_attribute_updates(in);
  members.expected = read_expected(in);
  members.conditional_operator = in.string("ConditionalOperator");
  members.return_values = in.string("ReturnValues");
  members.return_consumed_capacity = in.string("ReturnConsumedCapacity");
  members.return_item_collection_metrics = in.string("ReturnItemCollectionMetrics");
  if (kind == Kind::kUpdate) members.update_expression = in.string("UpdateExpression");
  members.condition_expression = in.string("ConditionExpression");
  members.placeholders = read_placeholders(in);
  members.return_values_on_condition_check_failure = in.string("ReturnValuesOnConditionCheckFailure");
  return members;
}

bool is_return_value(std::string_view text) {
  return std::ranges::find(of_items::kAllReturnValues, text) != of_items::kAllReturnValues.end();
}

/// The newer framework's text prints neither value nor path, and spells UPDATE_NEW so (reference, 2.4).
void add_return_values_violation(validation::Constraints& constraints, OptionalText text) {
  if (!text || is_return_value(*text)) return;
  constraints.violated(
      "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, "
      "NONE]");
}

void check_collection_metrics(validation::Constraints& constraints, OptionalText text) {
  constraints.one_of("returnItemCollectionMetrics", text, of_items::kCollectionMetrics);
}

void check_condition_members(validation::Constraints& constraints, const WriteMembers& members) {
  check_conditional_operator(constraints, members.conditional_operator);
  if (members.expected) members.expected->add_violations(constraints);
  constraints.one_of("returnValuesOnConditionCheckFailure", members.return_values_on_condition_check_failure,
                     of_items::kValuesOnFailure);
}

/// Returns the table when every constraint holds.
Result<model::TableReference> check_constraints(Kind kind, const WriteMembers& members) {
  if (members.table_name && members.table_name->empty()) {
    return base::enveloped_validation_error(
        "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1");
  }
  validation::Constraints constraints;
  // UpdateItem tells of a wrong ReturnValues alone (additions, row 6).
  const bool return_values_alone =
      kind == Kind::kUpdate && members.return_values && !is_return_value(*members.return_values);
  if (!return_values_alone) check_return_consumed_capacity(constraints, members.return_consumed_capacity);
  auto table = constraints.table_reference("tableName", members.table_name);
  const auto check_rest = [&] {
    if (kind == Kind::kPut) constraints.required("item", members.item.has_value());
    add_return_values_violation(constraints, members.return_values);
    if (return_values_alone) return;
    check_collection_metrics(constraints, members.return_item_collection_metrics);
    if (kind != Kind::kPut) constraints.required("key", members.item.has_value());
    check_condition_members(constraints, members);
    if (members.attribute_updates) members.attribute_updates->add_violations(constraints);
  };
  check_rest();
  TRY(constraints.finish());
  return table;
}

Result<void> check_members_not_mixed(const WriteMembers& members) {
  const std::array legacy{RequestMember{"AttributeUpdates", members.attribute_updates.has_value()},
                          RequestMember{"Expected", members.expected.has_value()},
                          RequestMember{"ConditionalOperator", members.conditional_operator.has_value()}};
  const std::array expressions{RequestMember{"UpdateExpression", members.update_expression.has_value()},
                               RequestMember{"ConditionExpression", members.condition_expression.has_value()}};
  return enveloped(expression::check_not_mixed(legacy, expressions));
}

Result<void> check_values(const WriteMembers& members) {
  TRY(members.item->check(kWriteWording));
  if (members.attribute_updates && members.attribute_updates->value_error) {
    return members.attribute_updates->value_error->in(kWriteWording);
  }
  if (members.expected && members.expected->value_error) return members.expected->value_error->in(kWriteWording);
  return {};
}

Result<void> check_put_or_delete_rules(Kind kind, const ItemWriteRequest& request) {
  if (kind == Kind::kUpdate) return {};
  if (request.return_values != ReturnValues::kNone && request.return_values != ReturnValues::kAllOld) {
    return in_wording(kWriteWording, validation_error("ReturnValues can only be ALL_OLD or NONE"));
  }
  if (request.write.item_size() > plan::kMaxItemBytes) {
    return validation_error("Item size has exceeded the maximum allowed size");
  }
  return {};
}

Result<void> resolve_legacy(ItemWriteRequest& request, WriteMembers& members) {
  if (members.attribute_updates) {
    TRY_ASSIGN(request.write.update,
               expression::resolve_attribute_updates(std::move(members.attribute_updates->updates)));
  }
  if (!members.expected && !members.conditional_operator) return {};
  std::vector<expression::ExpectedAttribute> expected;
  if (members.expected) expected = std::move(members.expected->attributes);
  std::optional<expression::ConditionalOperator> join;
  if (members.conditional_operator) join = expression::conditional_operator_from(*members.conditional_operator);
  TRY(expression::check_conditional_operator(join, expected.size()));
  if (expected.empty()) return {};
  TRY_ASSIGN(request.write.condition,
             expression::resolve_expected(std::move(expected), join.value_or(expression::ConditionalOperator::kAnd)));
  return {};
}

/// The names and values that the expressions refer to.
Result<void> check_placeholders(Kind kind, const WriteMembers& members) {
  const std::array present{RequestMember{"UpdateExpression", members.update_expression.has_value()},
                           RequestMember{"ConditionExpression", members.condition_expression.has_value()}};
  const std::span<const RequestMember> of_operation =
      kind == Kind::kUpdate ? std::span<const RequestMember>{present} : std::span{present}.subspan(1);
  TRY(enveloped(expression::check_expressions_present(members.placeholders.placeholders, of_operation, kWriteWording)));
  return members.placeholders.check(kWriteWording);
}

Result<void> resolve_expressions(expression::ExpressionCache& expressions, ItemWriteRequest& request,
                                 WriteMembers& members) {
  if (members.update_expression) {
    TRY_ASSIGN(auto ast, expressions.update(*members.update_expression));
    TRY_ASSIGN(request.write.update, expression::resolve_update(std::move(ast), members.placeholders.placeholders));
  }
  if (members.condition_expression) {
    TRY_ASSIGN(auto ast, expressions.condition(expression::ExpressionKind::kCondition, *members.condition_expression));
    TRY_ASSIGN(request.write.condition,
               expression::resolve_condition(std::move(ast), members.placeholders.placeholders));
  }
  return {};
}

}  // namespace

Result<ItemWriteRequest> parse_item_write(plan::ItemWrite::Kind kind, expression::ExpressionCache& expressions,
                                          const json::Object& body) {
  json::ObjectReader in{body};
  WriteMembers members = read_members(kind, in);
  if (in.failed()) return in.error();

  ItemWriteRequest request;
  TRY_ASSIGN(request.table, check_constraints(kind, members));
  request.return_values = return_values_from(members.return_values);
  request.capacity_detail = capacity_detail_from(members.return_consumed_capacity);
  request.wants_collection_metrics = members.return_item_collection_metrics == "SIZE";

  TRY(check_members_not_mixed(members));
  TRY(check_values(members));
  request.write = kind == Kind::kPut ? plan::ItemWrite::put(std::move(members.item->item))
                                     : plan::ItemWrite::of_key(kind, std::move(members.item->item));
  request.write.tells_before =
      request.return_values != ReturnValues::kNone || request.capacity_detail != CapacityDetail::kNone;
  request.write.failure_shows_item = members.return_values_on_condition_check_failure == "ALL_OLD";
  TRY(check_put_or_delete_rules(kind, request));
  if (kind == Kind::kUpdate) {
    // Seen in the envelope for PutItem and DeleteItem (additions, row 1); nobody has recorded it of UpdateItem.
    TRY(resolve_legacy(request, members));
  } else {
    TRY(enveloped(resolve_legacy(request, members)));
  }
  TRY(check_placeholders(kind, members));
  TRY(enveloped(resolve_expressions(expressions, request, members)));
  TRY(enveloped(members.placeholders.placeholders.check_all_used()));
  return request;
}

}  // namespace millrace::api
