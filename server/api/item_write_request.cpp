#include "server/api/item_write_request.hpp"

#include <array>
#include <utility>

#include "server/api/item_keys.hpp"
#include "server/api/item_store.hpp"
#include "server/api/table_catalog.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::in_wording;
using base::validation_error;
using expression::RequestMember;

/// The request as its JSON says it.
struct Members {
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
constexpr Wording kWording = Wording::kEnveloped;

Result<void> enveloped(Result<void> checked) {
  if (checked.has_error()) return in_wording(kWording, std::move(checked).error());
  return checked;
}

Members read_members(ItemWrite write, json::ObjectReader& in) {
  Members members;
  members.table_name = in.string("TableName");
  members.item = write == ItemWrite::kPut ? in.item("Item", kMaxItemBytes) : in.item("Key");
  if (write == ItemWrite::kUpdate) members.attribute_updates = read_attribute_updates(in);
  members.expected = read_expected(in);
  members.conditional_operator = in.string("ConditionalOperator");
  members.return_values = in.string("ReturnValues");
  members.return_consumed_capacity = in.string("ReturnConsumedCapacity");
  members.return_item_collection_metrics = in.string("ReturnItemCollectionMetrics");
  if (write == ItemWrite::kUpdate) members.update_expression = in.string("UpdateExpression");
  members.condition_expression = in.string("ConditionExpression");
  members.placeholders = read_placeholders(in);
  members.return_values_on_condition_check_failure = in.string("ReturnValuesOnConditionCheckFailure");
  return members;
}

bool is_return_value(std::string_view text) {
  return text == "NONE" || text == "ALL_OLD" || text == "UPDATED_OLD" || text == "ALL_NEW" || text == "UPDATED_NEW";
}

/// The newer framework's text prints neither value nor path, and spells UPDATE_NEW so (reference, 2.4).
void add_return_values_violation(validation::Constraints& constraints, OptionalText text) {
  if (!text || is_return_value(*text)) return;
  constraints.violated(
      "Failed to satisfy constraint: Member must satisfy enum value set: [ALL_OLD, UPDATED_OLD, ALL_NEW, UPDATE_NEW, "
      "NONE]");
}

void check_collection_metrics(validation::Constraints& constraints, OptionalText text) {
  constraints.one_of("returnItemCollectionMetrics", text, {"SIZE", "NONE"});
}

void check_condition_members(validation::Constraints& constraints, const Members& members) {
  check_conditional_operator(constraints, members.conditional_operator);
  if (members.expected) members.expected->add_violations(constraints);
  constraints.one_of("returnValuesOnConditionCheckFailure", members.return_values_on_condition_check_failure,
                     {"ALL_OLD", "NONE"});
}

/// Returns the table when every constraint holds.
Result<model::TableReference> check_constraints(ItemWrite write, const Members& members) {
  if (members.table_name && members.table_name->empty()) {
    return base::enveloped_validation_error(
        "Value at 'TableName' failed to satisfy constraint: Member must have length greater than or equal to 1");
  }
  validation::Constraints constraints;
  // UpdateItem tells of a wrong ReturnValues alone (additions, row 6).
  const bool return_values_alone =
      write == ItemWrite::kUpdate && members.return_values && !is_return_value(*members.return_values);
  if (!return_values_alone) check_return_consumed_capacity(constraints, members.return_consumed_capacity);
  auto table = constraints.table_reference("tableName", members.table_name);
  const auto check_rest = [&] {
    if (write == ItemWrite::kPut) constraints.required("item", members.item.has_value());
    add_return_values_violation(constraints, members.return_values);
    if (return_values_alone) return;
    check_collection_metrics(constraints, members.return_item_collection_metrics);
    if (write != ItemWrite::kPut) constraints.required("key", members.item.has_value());
    check_condition_members(constraints, members);
    if (members.attribute_updates) members.attribute_updates->add_violations(constraints);
  };
  check_rest();
  TRY(constraints.finish());
  return table;
}

Result<void> check_members_not_mixed(const Members& members) {
  const std::array legacy{RequestMember{"AttributeUpdates", members.attribute_updates.has_value()},
                          RequestMember{"Expected", members.expected.has_value()},
                          RequestMember{"ConditionalOperator", members.conditional_operator.has_value()}};
  const std::array expressions{RequestMember{"UpdateExpression", members.update_expression.has_value()},
                               RequestMember{"ConditionExpression", members.condition_expression.has_value()}};
  return enveloped(expression::check_not_mixed(legacy, expressions));
}

Result<void> check_values(const Members& members) {
  TRY(members.item->check(kWording));
  if (members.attribute_updates && members.attribute_updates->value_error) {
    return members.attribute_updates->value_error->in(kWording);
  }
  if (members.expected && members.expected->value_error) return members.expected->value_error->in(kWording);
  return {};
}

Result<void> check_put_or_delete_rules(ItemWrite write, const ItemWriteRequest& request) {
  if (write == ItemWrite::kUpdate) return {};
  if (request.return_values != ReturnValues::kNone && request.return_values != ReturnValues::kAllOld) {
    return in_wording(kWording, validation_error("ReturnValues can only be ALL_OLD or NONE"));
  }
  if (request.item_size > kMaxItemBytes) {
    return validation_error("Item size has exceeded the maximum allowed size");
  }
  return {};
}

Result<void> resolve_legacy(ItemWriteRequest& request, Members& members) {
  if (members.attribute_updates) {
    TRY_ASSIGN(request.update, expression::resolve_attribute_updates(std::move(members.attribute_updates->updates)));
  }
  if (!members.expected && !members.conditional_operator) return {};
  std::vector<expression::ExpectedAttribute> expected;
  if (members.expected) expected = std::move(members.expected->attributes);
  std::optional<expression::ConditionalOperator> join;
  if (members.conditional_operator) join = expression::conditional_operator_from(*members.conditional_operator);
  TRY(expression::check_conditional_operator(join, expected.size()));
  if (expected.empty()) return {};
  TRY_ASSIGN(request.condition,
             expression::resolve_expected(std::move(expected), join.value_or(expression::ConditionalOperator::kAnd)));
  return {};
}

/// The names and values that the expressions refer to.
Result<void> check_placeholders(ItemWrite write, const Members& members) {
  const std::array present{RequestMember{"UpdateExpression", members.update_expression.has_value()},
                           RequestMember{"ConditionExpression", members.condition_expression.has_value()}};
  const std::span<const RequestMember> of_operation =
      write == ItemWrite::kUpdate ? std::span<const RequestMember>{present} : std::span{present}.subspan(1);
  TRY(enveloped(expression::check_expressions_present(members.placeholders.placeholders, of_operation, kWording)));
  return members.placeholders.check(kWording);
}

Result<void> resolve_expressions(expression::ExpressionCache& expressions, ItemWriteRequest& request,
                                 Members& members) {
  if (members.update_expression) {
    TRY_ASSIGN(auto ast, expressions.update(*members.update_expression));
    TRY_ASSIGN(request.update, expression::resolve_update(std::move(ast), members.placeholders.placeholders));
  }
  if (members.condition_expression) {
    TRY_ASSIGN(auto ast, expressions.condition(expression::ExpressionKind::kCondition, *members.condition_expression));
    TRY_ASSIGN(request.condition, expression::resolve_condition(std::move(ast), members.placeholders.placeholders));
  }
  return {};
}

ApiError condition_failed(const ItemWriteRequest& request, const StoredItem& stored) {
  ApiError error{ErrorKind::kConditionalCheckFailed, "The conditional request failed"};
  if (request.failure_shows_item && stored.row) error.members = "\"Item\":" + stored.row->item_json;
  return error;
}

}  // namespace

Result<ItemWriteRequest> parse_item_write(ItemWrite write, expression::ExpressionCache& expressions,
                                          const json::Object& body) {
  json::ObjectReader in{body};
  Members members = read_members(write, in);
  if (in.failed()) return in.error();

  ItemWriteRequest request;
  TRY_ASSIGN(request.table, check_constraints(write, members));
  request.return_values = return_values_from(members.return_values);
  request.capacity_detail = capacity_detail_from(members.return_consumed_capacity);
  request.wants_collection_metrics = members.return_item_collection_metrics == "SIZE";
  request.failure_shows_item = members.return_values_on_condition_check_failure == "ALL_OLD";

  TRY(check_members_not_mixed(members));
  TRY(check_values(members));
  request.item = std::move(members.item->item);
  if (write == ItemWrite::kPut) request.item_size = model::size_of(request.item);
  TRY(check_put_or_delete_rules(write, request));
  if (write == ItemWrite::kUpdate) {
    TRY(resolve_legacy(request, members));
  } else {
    TRY(enveloped(resolve_legacy(request, members)));
  }
  TRY(check_placeholders(write, members));
  TRY(enveloped(resolve_expressions(expressions, request, members)));
  TRY(enveloped(members.placeholders.placeholders.check_all_used()));
  return request;
}

Result<StoredItem> read_stored(OperationContext& context, model::KeyspaceId keyspace, std::string_view row_key,
                               ReadDepth depth) {
  StoredItem stored;
  TRY_ASSIGN(stored.row, context.services.gate.storage().read_row(keyspace, row_key));
  if (depth == ReadDepth::kParsed && stored.row) {
    stored.item = json::read_stored_item(context.stored_parser, stored.row->item_json);
  }
  return stored;
}

Result<void> check_condition(const OperationContext& context, const ItemWriteRequest& request,
                             const StoredItem& stored) {
  if (!request.condition) return {};
  const auto& judged = context.judgement;
  const bool is_judged = judged && stored.row && stored.row->item_json == judged->row_json;
  if (is_judged ? judged->holds : expression::evaluate(*request.condition, stored.item_or_null())) return {};
  return condition_failed(request, stored);
}

void judge_ahead(ItemWrite write, OperationContext& context, const ItemWriteRequest& request) {
  if (!request.condition) return;
  const std::size_t looks = expression::operators_of(*request.condition);
  constexpr std::size_t kFew =
      15;  // may be evaluated in the gate, whatever the item: the row is not read twice for them
  if (looks <= kFew) return;
  Result<std::optional<storage::Row>> row = [&]() -> Result<std::optional<storage::Row>> {
    const auto entry = context.services.gate.enter(storage::Access::kRead);
    TRY_ASSIGN(const auto table, context.services.tables.require(request.table));
    const auto& definition = table->definition;
    TRY_ASSIGN(const auto row_key, write == ItemWrite::kPut ? encode_item_key(definition.key_schema, request.item)
                                                            : encode_request_key(definition.key_schema, request.item));
    TRY_ASSIGN(auto stored, context.services.gate.storage().read_row(definition.keyspace, row_key));
    return stored;
  }();
  if (row.has_error() || !*row || !is_long_work((*row)->item_size, looks)) return;
  if (context.lane == Lane::kIo) {
    context.wants_aside = true;
    return;
  }
  const auto item = json::read_stored_item(context.stored_parser, (*row)->item_json);
  const bool holds = expression::evaluate(*request.condition, &item);
  context.judgement = Judgement{std::move((*row)->item_json), holds};
}

ItemWriteResponse make_response(const ItemWriteRequest& request, ConsumedCapacity capacity,
                                const model::Item& key_attributes) {
  ItemWriteResponse response;
  if (request.wants_collection_metrics && capacity.table->has_local_index) {
    response.collection_key_json = collection_key_json(capacity.table->definition.key_schema, key_attributes);
  }
  response.capacity_detail = request.capacity_detail;
  response.capacity = std::move(capacity);
  return response;
}

std::string collection_key_json(const model::KeySchema& schema, const model::Item& key_attributes) {
  return json::to_json(model::key_of(model::KeySchema{schema.hash, {}}, key_attributes));
}

void append_collection_metrics(std::string& out, std::string_view collection_key) {
  json::ObjectWriter writer{out};
  writer.raw("ItemCollectionKey", collection_key);
  writer.raw("SizeEstimateRangeGB", "[0.0,1.0]");
  writer.finish();
}

void write_item_write(std::string& out, const ItemWriteResponse& response) {
  json::ObjectWriter writer{out};
  if (!response.attributes_json.empty()) writer.raw("Attributes", response.attributes_json);
  write_consumed_capacity(writer, response.capacity_detail, response.capacity);
  if (!response.collection_key_json.empty()) {
    append_collection_metrics(writer.key("ItemCollectionMetrics"), response.collection_key_json);
  }
  writer.finish();
}

}  // namespace millrace::api
