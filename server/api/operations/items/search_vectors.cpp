// SearchVectors (API reference, 3.13): the TopK items whose vectors are nearest, by exact comparison with all that the
// condition leaves.
#include <array>
#include <string>
#include <utility>

#include "server/api/items/item_projection.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/vectors/vector_search.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/json/object_reader.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using expression::ExpressionKind;
using expression::RequestMember;

constexpr Wording kSearchWording = Wording::kNewer;
constexpr std::int64_t kMaxTopK = 100;

constexpr members::Member kSearchIndexName{.name = "IndexName",
                                           .shape = &members::kString,
                                           .presence = members::Presence::kRequired,
                                           .bounds = {3, 255},
                                           .pattern = "[a-zA-Z0-9_.-]+"};
constexpr std::array kSearchVectorsMembers{
    of_items::kTableName,
    kSearchIndexName,
    of_items::kReturnConsumedCapacity,
    of_items::kAttributeNames,
    of_items::kExpressionValues,
    of_items::kProjectionExpression,
    members::Member{
        .name = "SearchVector", .shape = &of_items::kAttributeValues, .presence = members::Presence::kRequired},
    members::Member{.name = "SearchConditionExpression", .shape = &members::kString},
    members::Member{
        .name = "TopK", .shape = &members::kInteger, .presence = members::Presence::kRequired, .bounds = {1, kMaxTopK}},
};

/// How many elements a list has, if it is one.
std::size_t elements_of(const json::Object& object, std::string_view name) {
  json::Array list;
  return object.at_key(name).get(list) == simdjson::SUCCESS ? list.size() : 0;
}

Result<void> check_top_k(std::int64_t value) {
  if (value >= 1 && value <= kMaxTopK) return {};
  return validation_error("Provided TopK value '" + std::to_string(value) +
                          "' is out of valid range. The value must be between 1 and 100 inclusive");
}

Result<model::AttributeValue> vector_of(std::vector<json::ValueInput> elements) {
  model::List list;
  list.reserve(elements.size());
  for (auto& element : elements) {
    if (element.value_error) return element.value_error->in(kSearchWording);
    list.push_back(std::move(element.value));
  }
  return model::AttributeValue{std::move(list)};
}

Result<VectorSearchRequest> parse_search_vectors(expression::ExpressionCache& expressions, const json::Object& body) {
  json::ObjectReader in{body};
  const auto table_name = in.string("TableName");
  const auto index_name = in.string("IndexName");
  const auto return_consumed_capacity = in.string("ReturnConsumedCapacity");
  auto members = read_placeholders(in);
  const auto projection_expression = in.string("ProjectionExpression");
  const std::size_t dimensions = elements_of(in.object(), "SearchVector");
  auto vector = in.values("SearchVector", model::VectorIndexDefinition::kMaxDimensions);
  const auto condition_expression = in.string("SearchConditionExpression");
  const auto top_k = in.integer("TopK");
  if (in.failed()) return in.error();

  validation::Constraints constraints;
  VectorSearchRequest request;
  request.table = constraints.table_reference("tableName", table_name);
  constraints.required("indexName", index_name.has_value());
  constraints.resource_name("indexName", index_name);
  check_return_consumed_capacity(constraints, return_consumed_capacity);
  constraints.required("searchVector", vector.has_value());
  constraints.required("topK", top_k.has_value());
  TRY(constraints.finish());
  TRY(check_top_k(*top_k));
  TRY_ASSIGN(request.vector, vector_of(*std::move(vector)));

  auto& placeholders = members.placeholders;
  const std::array present{RequestMember{"ProjectionExpression", projection_expression.has_value()},
                           RequestMember{"SearchConditionExpression", condition_expression.has_value()}};
  TRY(expression::check_expressions_present(placeholders, present, kSearchWording));
  TRY(members.check(kSearchWording));
  if (condition_expression) {
    TRY_ASSIGN(auto ast, expressions.condition(ExpressionKind::kSearchCondition, *condition_expression));
    TRY_ASSIGN(const auto condition, expression::resolve_condition(std::move(ast), placeholders));
    TRY_ASSIGN(request.terms, expression::translate_search_condition(condition));
    request.has_condition = true;
  }
  if (projection_expression) {
    TRY_ASSIGN(request.projection, resolve_projection(expressions, *projection_expression, placeholders));
  }
  TRY(placeholders.check_all_used());
  request.dimensions = dimensions;
  request.index_name = *index_name;
  request.most = static_cast<std::size_t>(*top_k);
  request.capacity_detail = capacity_detail_from(return_consumed_capacity);
  return request;
}

void write_search_vectors(std::string& out, const VectorSearchRequest& request, const VectorSearchAnswer& answer) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("SearchResults"), answer.items, [&out](const VectorSearchAnswer::Item& item) {
    json::ObjectWriter result{out};
    result.raw("Item", item.json);
    result.number("Score", item.score);
    result.finish();
  });
  if (request.capacity_detail != CapacityDetail::kNone) {
    json::ObjectWriter capacity{writer.key("ConsumedCapacity")};
    capacity.decimal("VectorSearchRequestBytes", answer.searched_bytes);
    capacity.finish();
  }
  writer.finish();
}

Result<void> run_search_vectors(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_request<parse_search_vectors>(context, body));
  TRY_ASSIGN(const auto answer, search_vectors(context, request));
  if (!context.wants_aside) write_search_vectors(out, request, answer);
  return {};
}

}  // namespace

extern const Operation kSearchVectors{"DynamoDB_20120810.SearchVectors", run_search_vectors, kSearchVectorsMembers,
                                      FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
