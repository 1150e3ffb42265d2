#include "server/transfers/export_filter.hpp"

#include <array>
#include <utility>

#include "server/expression/key_condition.hpp"
#include "server/json/object_reader.hpp"
#include "server/plan/key_range.hpp"

namespace millrace::transfers {
namespace {

constexpr std::size_t kMostValues = 8192;  // no expression can mention half as many
constexpr Wording kWording = Wording::kNewer;

Result<expression::Placeholders> read_placeholders_of(json::ObjectReader& in) {
  std::optional<expression::AttributeNames> names;
  if (auto pairs = in.string_map("ExpressionAttributeNames")) names.emplace(pairs->begin(), pairs->end());
  auto values = in.expression_values("ExpressionAttributeValues", kMostValues);
  if (in.failed()) return in.error();
  std::optional<model::AttributeMap> by_name;
  if (values) by_name = std::move(values->values);
  expression::Placeholders placeholders{std::move(names), std::move(by_name)};
  TRY(placeholders.check());
  if (values && values->value_error) {
    return values->value_error->in_expression_values(kWording, values->invalid_placeholder);
  }
  return placeholders;
}

}  // namespace

Result<ExportFilter> read_export_filter(expression::ExpressionCache& expressions, const json::Object& specification,
                                        const model::KeySchema& schema) {
  using expression::ExpressionKind;
  json::ObjectReader in{specification};
  const auto filter_text = in.string("FilterExpression");
  const auto projection_text = in.string("ProjectionExpression");
  const auto key_text = in.string("KeyConditionExpression");
  if (in.failed()) return in.error();
  TRY_ASSIGN(auto placeholders, read_placeholders_of(in));
  const std::array present{expression::RequestMember{"ProjectionExpression", projection_text.has_value()},
                           expression::RequestMember{"FilterExpression", filter_text.has_value()},
                           expression::RequestMember{"KeyConditionExpression", key_text.has_value()}};
  TRY(expression::check_expressions_present(placeholders, present, kWording));
  ExportFilter filter;
  std::optional<expression::ResolvedCondition> key_condition;
  if (key_text) {
    TRY_ASSIGN(auto ast, expressions.condition(ExpressionKind::kKeyCondition, *key_text));
    TRY_ASSIGN(key_condition, expression::resolve_condition(std::move(ast), placeholders));
  }
  if (filter_text) {
    TRY_ASSIGN(auto ast, expressions.condition(ExpressionKind::kFilter, *filter_text));
    TRY_ASSIGN(filter.condition, expression::resolve_condition(std::move(ast), placeholders));
  }
  if (projection_text) {
    TRY_ASSIGN(auto ast, expressions.projection(*projection_text));
    TRY_ASSIGN(filter.projection, expression::resolve_projection(std::move(ast), placeholders));
  }
  TRY(placeholders.check_all_used());
  if (!key_condition) return filter;
  TRY_ASSIGN(const auto terms, expression::translate_key_condition(*key_condition));
  TRY_ASSIGN(const auto condition, expression::bind_key_condition(terms, schema));
  filter.rows = plan::range_of(schema, condition);
  if (filter.condition) {
    TRY(expression::check_filters_no_key(*filter.condition, schema, expression::FilterParameter::kFilterExpression));
  }
  return filter;
}

Result<ExportFilter> parse_export_filter(expression::ExpressionCache& expressions, std::string_view specification,
                                         const model::KeySchema& schema) {
  if (specification.empty()) return ExportFilter{};
  json::Parser parser;
  const auto object = parser.parse_copy(specification);
  if (!object) return base::serialization_error();
  return read_export_filter(expressions, *object, schema);
}

}  // namespace millrace::transfers
