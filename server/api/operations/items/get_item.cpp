// GetItem (API reference, 3.6). Every read is consistent here; ConsistentRead decides the capacity alone.
#include <array>
#include <optional>
#include <utility>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_projection.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/plan/item_keys.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/item_read.hpp"

namespace millrace::api {
namespace {

using expression::RequestMember;

constexpr Wording kItemWording = Wording::kNewer;

constexpr std::array kGetItemMembers{
    of_items::kTableName,
    of_items::kKey,
    of_items::kAttributesToGet,
    of_items::kConsistentRead,
    of_items::kReturnConsumedCapacity,
    of_items::kProjectionExpression,
    of_items::kAttributeNames,
};

struct GetItemRequest {
  model::TableReference table;
  model::Item key;
  plan::ItemProjection projection;
  plan::Consistency consistency{plan::Consistency::kEventual};
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

/// What the gate was needed for.
struct FoundItem {
  catalog::TablePointer table;
  std::optional<storage::Row> row;
};

Result<GetItemRequest> parse_get_item(expression::ExpressionCache& expressions, const json::Object& body) {
  json::ObjectReader in{body};
  const auto table_name = in.string("TableName");
  auto key = in.item("Key");
  auto attributes_to_get = in.string_list("AttributesToGet");
  const auto consistent_read = in.boolean("ConsistentRead");
  const auto return_consumed_capacity = in.string("ReturnConsumedCapacity");
  const auto projection_expression = in.string("ProjectionExpression");
  auto placeholders = read_names(in);
  if (in.failed()) return in.error();

  validation::Constraints constraints;
  check_return_consumed_capacity(constraints, return_consumed_capacity);
  check_attributes_to_get(constraints, attributes_to_get);
  GetItemRequest request;
  request.table = constraints.table_reference("tableName", table_name);
  constraints.required("key", key.has_value());
  TRY(constraints.finish());

  const std::array legacy{RequestMember{"AttributesToGet", attributes_to_get.has_value()}};
  const std::array expression{RequestMember{"ProjectionExpression", projection_expression.has_value()}};
  TRY(expression::check_not_mixed(legacy, expression));
  TRY(key->check(kItemWording));
  if (attributes_to_get) {
    TRY_ASSIGN(request.projection, expression::resolve_attributes_to_get(*attributes_to_get));
  }
  TRY(expression::check_expressions_present(placeholders, expression, kItemWording));
  TRY(placeholders.check());
  if (projection_expression) {
    TRY_ASSIGN(request.projection, resolve_projection(expressions, *projection_expression, placeholders));
  }
  TRY(placeholders.check_all_used());
  request.key = std::move(key->item);
  request.consistency = consistent_read.value_or(false) ? plan::Consistency::kStrong : plan::Consistency::kEventual;
  request.capacity_detail = capacity_detail_from(return_consumed_capacity);
  return request;
}

Result<plan::PreparedItemRead> prepare_get_item(const PrepareContext& context, const GetItemRequest& request) {
  TRY_ASSIGN(auto table, context.tables.require(request.table));
  TRY(plan::admit_read_of(context.read, *table, nullptr, request.key));
  return plan::prepare_item_read(std::move(table), request.key);
}

StorageResult<FoundItem> read_get_item(const plan::ReadContext& context, const plan::PreparedItemRead& prepared,
                                       json::ObjectWriter& /*answer*/) {
  auto row = plan::read_item(context, prepared);
  if (row.has_error()) return std::move(row).error();
  return FoundItem{prepared.table(), *std::move(row)};
}

void finish_get_item(OperationContext& context, const GetItemRequest& request, FoundItem found,
                     json::ObjectWriter& answer) {
  plan::ConsumedCapacity capacity;
  capacity.table_units = plan::units_of(found.row, request.consistency);
  capacity.table = std::move(found.table);
  if (found.row) {
    answer.raw("Item", plan::shown_json(request.projection, context.stored_parser, std::move(found.row->item_json)));
  }
  context.charge_read(capacity);
  context.count_read(*capacity.table, nullptr, request.key, capacity.table_units);
  write_consumed_capacity(answer, request.capacity_detail, capacity);
}

}  // namespace

extern const Operation kGetItem{"DynamoDB_20120810.GetItem",
                                run_read<parse_get_item, prepare_get_item, read_get_item, finish_get_item>,
                                kGetItemMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
