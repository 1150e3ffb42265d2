#include "server/api/items/read_request.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "server/api/items/request_members.hpp"
#include "server/api/members/item_members.hpp"
#include "server/json/object_reader.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

enum class Select : std::uint8_t { kAllAttributes, kAllProjectedAttributes, kSpecificAttributes, kCount };

using base::in_wording;
using base::validation_error;
using expression::ExpressionKind;
using expression::RequestMember;

constexpr std::int64_t kMaxLimit = INT32_MAX;
constexpr std::int64_t kMaxSegments = 1'000'000;

Wording wording_of(ItemsRead read) { return read == ItemsRead::kQuery ? Wording::kNewer : Wording::kClassic; }

/// The request as its JSON says it.
struct ReadMembers {
  OptionalText table_name;
  OptionalText index_name;
  OptionalText select;
  std::optional<std::vector<std::string>> attributes_to_get;
  std::optional<std::int64_t> limit;
  std::optional<bool> consistent_read;
  std::optional<LegacyConditions> key_conditions;
  std::optional<LegacyConditions> filter;  ///< QueryFilter or ScanFilter
  OptionalText conditional_operator;
  std::optional<bool> scan_index_forward;
  std::optional<json::ItemInput> exclusive_start_key;
  OptionalText return_consumed_capacity;
  std::optional<std::int64_t> total_segments;
  std::optional<std::int64_t> segment;
  OptionalText projection_expression;
  OptionalText filter_expression;
  OptionalText key_condition_expression;
  PlaceholdersInput placeholders;
};

ReadMembers read_members(ItemsRead read, json::ObjectReader& in) {
  const bool query = read == ItemsRead::kQuery;
  ReadMembers members;
  members.table_name = in.string("TableName");
  members.index_name = in.string("IndexName");
  members.select = in.string("Select");
  members.attributes_to_get = in.string_list("AttributesToGet");
  members.limit = in.integer("Limit");
  members.consistent_read = in.boolean("ConsistentRead");
  if (query) members.key_conditions = read_legacy_conditions(in, "KeyConditions");
  members.filter = read_legacy_conditions(in, query ? "QueryFilter" : "ScanFilter");
  members.conditional_operator = in.string("ConditionalOperator");
  if (query) members.scan_index_forward = in.boolean("ScanIndexForward");
  members.exclusive_start_key = in.item("ExclusiveStartKey");
  members.return_consumed_capacity = in.string("ReturnConsumedCapacity");
  if (!query) members.total_segments = in.integer("TotalSegments");
  if (!query) members.segment = in.integer("Segment");
  members.projection_expression = in.string("ProjectionExpression");
  members.filter_expression = in.string("FilterExpression");
  if (query) members.key_condition_expression = in.string("KeyConditionExpression");
  members.placeholders = read_placeholders(in);
  return members;
}

void check_select(validation::Constraints& constraints, OptionalText select) {
  constraints.one_of("select", select, of_items::kSelects);
}

/// Query has moved to the newer framework, which does not print the value (reference, 2.4).
void check_query_limit(validation::Constraints& constraints, std::optional<std::int64_t> limit) {
  if (limit.value_or(1) >= 1) return;
  constraints.violated(
      "Value at 'Limit' failed to satisfy constraint: Member must have value greater than or equal to 1");
}

/// Returns the table when every constraint holds.
Result<model::TableReference> check_constraints(ItemsRead read, const ReadMembers& members) {
  validation::Constraints constraints;
  model::TableReference table;
  check_select(constraints, members.select);
  constraints.resource_name("indexName", members.index_name);
  if (read == ItemsRead::kQuery) {
    check_return_consumed_capacity(constraints, members.return_consumed_capacity);
    if (members.filter) members.filter->add_violations(constraints, "queryFilter");
    table = constraints.table_reference("tableName", members.table_name);
    check_conditional_operator(constraints, members.conditional_operator);
    check_attributes_to_get(constraints, members.attributes_to_get);
    check_query_limit(constraints, members.limit);
    if (members.key_conditions) members.key_conditions->add_violations(constraints, "keyConditions");
  } else {
    constraints.range("totalSegments", members.total_segments, 1, kMaxSegments);
    check_return_consumed_capacity(constraints, members.return_consumed_capacity);
    table = constraints.table_reference("tableName", members.table_name);
    check_conditional_operator(constraints, members.conditional_operator);
    if (members.filter) members.filter->add_violations(constraints, "scanFilter");
    constraints.range("segment", members.segment, 0, kMaxSegments - 1);
    constraints.range("limit", members.limit, 1, kMaxLimit);
    check_attributes_to_get(constraints, members.attributes_to_get);
  }
  TRY(constraints.finish());
  return table;
}

Result<void> check_members_not_mixed(ItemsRead read, const ReadMembers& members) {
  const bool query = read == ItemsRead::kQuery;
  const std::array legacy{RequestMember{"AttributesToGet", members.attributes_to_get.has_value()},
                          RequestMember{query ? "QueryFilter" : "ScanFilter", members.filter.has_value()},
                          RequestMember{"ConditionalOperator", members.conditional_operator.has_value()},
                          RequestMember{"KeyConditions", members.key_conditions.has_value()}};
  const std::array expressions{RequestMember{"ProjectionExpression", members.projection_expression.has_value()},
                               RequestMember{"FilterExpression", members.filter_expression.has_value()},
                               RequestMember{"KeyConditionExpression", members.key_condition_expression.has_value()}};
  return expression::check_not_mixed(legacy, expressions);
}

Result<void> check_start_key_values(ItemsRead read, const ReadMembers& members) {
  if (!members.exclusive_start_key || !members.exclusive_start_key->value_error) return {};
  return members.exclusive_start_key->value_error->in_start_key(wording_of(read));
}

Result<void> check_legacy_values(ItemsRead read, const ReadMembers& members) {
  for (const auto* conditions : {&members.filter, &members.key_conditions}) {
    if (*conditions && (*conditions)->value_error) return (*conditions)->value_error->in(wording_of(read));
  }
  return {};
}

Result<void> resolve_legacy_filter(ReadRequest& request, ReadMembers& members) {
  if (!members.filter && !members.conditional_operator) return {};
  std::vector<expression::LegacyCondition> conditions;
  if (members.filter) conditions = std::move(members.filter->conditions);
  std::optional<expression::ConditionalOperator> join;
  if (members.conditional_operator) join = expression::conditional_operator_from(*members.conditional_operator);
  TRY(expression::check_conditional_operator(join, conditions.size()));
  if (conditions.empty()) return {};
  TRY_ASSIGN(request.read.filter,
             expression::resolve_filter(std::move(conditions), join.value_or(expression::ConditionalOperator::kAnd)));
  request.filter_parameter = expression::FilterParameter::kQueryFilter;
  return {};
}

Result<void> resolve_segments(ReadRequest& request, const ReadMembers& members) {
  if (members.segment && !members.total_segments) {
    return validation_error(
        "The TotalSegments parameter is required but was not present in the request when Segment parameter is present");
  }
  if (members.total_segments && !members.segment) {
    return validation_error(
        "The Segment parameter is required but was not present in the request when parameter TotalSegments is present");
  }
  if (!members.segment) return {};
  if (*members.segment >= *members.total_segments) {
    return validation_error(
        "The Segment parameter is zero-based and must be less than parameter TotalSegments: Segment: " +
        std::to_string(*members.segment) +
        " is not less than TotalSegments: " + std::to_string(*members.total_segments));
  }
  request.segment = static_cast<std::uint32_t>(*members.segment);
  request.total_segments = static_cast<std::uint32_t>(*members.total_segments);
  return {};
}

/// Returns the KeyConditionExpression, if there is one: it is translated later than the others are resolved.
Result<std::optional<expression::ResolvedCondition>> resolve_expressions(ItemsRead read,
                                                                         expression::ExpressionCache& expressions,
                                                                         ReadRequest& request, ReadMembers& members) {
  std::optional<expression::ResolvedCondition> key_condition;
  const std::array present{RequestMember{"ProjectionExpression", members.projection_expression.has_value()},
                           RequestMember{"FilterExpression", members.filter_expression.has_value()},
                           RequestMember{"KeyConditionExpression", members.key_condition_expression.has_value()}};
  const std::size_t of_operation = read == ItemsRead::kQuery ? 3 : 2;
  auto& placeholders = members.placeholders.placeholders;
  TRY(expression::check_expressions_present(placeholders, std::span{present}.first(of_operation), wording_of(read)));
  TRY(members.placeholders.check(wording_of(read)));
  if (members.key_condition_expression) {
    TRY_ASSIGN(auto ast, expressions.condition(ExpressionKind::kKeyCondition, *members.key_condition_expression));
    TRY_ASSIGN(key_condition, expression::resolve_condition(std::move(ast), placeholders));
  }
  if (members.filter_expression) {
    TRY_ASSIGN(auto ast, expressions.condition(ExpressionKind::kFilter, *members.filter_expression));
    TRY_ASSIGN(request.read.filter, expression::resolve_condition(std::move(ast), placeholders));
  }
  if (members.projection_expression) {
    TRY_ASSIGN(request.read.projection, resolve_projection(expressions, *members.projection_expression, placeholders));
  }
  TRY(placeholders.check_all_used());
  return key_condition;
}

std::optional<Select> select_from(OptionalText text) {
  if (!text) return std::nullopt;
  if (*text == "ALL_ATTRIBUTES") return Select::kAllAttributes;
  if (*text == "ALL_PROJECTED_ATTRIBUTES") return Select::kAllProjectedAttributes;
  if (*text == "SPECIFIC_ATTRIBUTES") return Select::kSpecificAttributes;
  return Select::kCount;
}

Result<void> check_select_rules(ItemsRead read, const ReadMembers& members, std::optional<Select> select) {
  if (!select) return {};
  const Wording wording = read == ItemsRead::kQuery ? Wording::kEnveloped : wording_of(read);  // reference, 2.4
  const bool projects = members.projection_expression || members.attributes_to_get;
  if (*select == Select::kSpecificAttributes) {
    if (projects) return {};
    return in_wording(wording,
                      validation_error("Must specify the AttributesToGet or ProjectionExpression when choosing "
                                       "to get SPECIFIC_ATTRIBUTES"));
  }
  if (projects) {
    std::string text{"Cannot specify the "};
    text.append(members.projection_expression ? "ProjectionExpression" : "AttributesToGet");
    text.append(" when choosing to get ");
    text.append(*select == Select::kCount ? "only the Count" : *members.select);
    return in_wording(wording, validation_error(std::move(text)));
  }
  if (*select == Select::kAllProjectedAttributes && !members.index_name) {
    return in_wording(wording,
                      validation_error("ALL_PROJECTED_ATTRIBUTES can be used only when Querying using an IndexName"));
  }
  return {};
}

Result<std::vector<expression::KeyTerm>> translate_key_terms(
    const std::optional<expression::ResolvedCondition>& key_condition, ReadMembers& members) {
  if (key_condition) return expression::translate_key_condition(*key_condition);
  return expression::translate_key_conditions(std::move(members.key_conditions->conditions));
}

}  // namespace

Result<ReadRequest> parse_items_read(ItemsRead read, expression::ExpressionCache& expressions,
                                     const json::Object& body) {
  json::ObjectReader in{body};
  ReadMembers members = read_members(read, in);
  if (in.failed()) return in.error();

  ReadRequest request;
  TRY_ASSIGN(request.table, check_constraints(read, members));
  TRY(check_members_not_mixed(read, members));
  TRY(check_legacy_values(read, members));
  TRY(resolve_legacy_filter(request, members));
  if (members.attributes_to_get) {
    TRY_ASSIGN(request.read.projection, expression::resolve_attributes_to_get(*members.attributes_to_get));
  }
  TRY(check_start_key_values(read, members));
  TRY(resolve_segments(request, members));
  if (read == ItemsRead::kQuery && !members.key_conditions && !members.key_condition_expression) {
    return validation_error(
        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.");
  }
  TRY_ASSIGN(const auto key_condition, resolve_expressions(read, expressions, request, members));
  const auto select = select_from(members.select);
  TRY(check_select_rules(read, members, select));
  request.read.shows_items = select != Select::kCount;
  request.read.whole_items = select == Select::kAllAttributes;
  if (read == ItemsRead::kQuery) {
    TRY_ASSIGN(request.key_terms, translate_key_terms(key_condition, members));
  }

  request.index_name = members.index_name;
  if (members.limit) request.read.limit = static_cast<std::size_t>(*members.limit);
  if (members.exclusive_start_key) request.exclusive_start_key = std::move(members.exclusive_start_key->item);
  request.read.consistency =
      members.consistent_read.value_or(false) ? plan::Consistency::kStrong : plan::Consistency::kEventual;
  request.capacity_detail = capacity_detail_from(members.return_consumed_capacity);
  request.read.direction =
      members.scan_index_forward.value_or(true) ? storage::Direction::kAscending : storage::Direction::kDescending;
  return request;
}

}  // namespace millrace::api
