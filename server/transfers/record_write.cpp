#include "server/transfers/record_write.hpp"

#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/json/object_reader.hpp"

namespace millrace::transfers {
namespace {

constexpr Wording kRecordWording = Wording::kClassic;

/// The condition beside an item, as PutItem has it.
Result<std::optional<expression::ResolvedCondition>> read_condition(expression::ExpressionCache& expressions,
                                                                    const json::Object& record) {
  constexpr std::size_t kMostValues = 8192;
  json::ObjectReader in{record};
  const auto text = in.string("ConditionExpression");
  std::optional<expression::AttributeNames> names;
  if (auto pairs = in.string_map("ExpressionAttributeNames")) names.emplace(pairs->begin(), pairs->end());
  auto values = in.expression_values("ExpressionAttributeValues", kMostValues);
  if (in.failed()) return in.error();
  std::optional<model::AttributeMap> by_name;
  if (values) by_name = std::move(values->values);
  expression::Placeholders placeholders{std::move(names), std::move(by_name)};
  const std::array present{expression::RequestMember{"ConditionExpression", text.has_value()}};
  TRY(expression::check_expressions_present(placeholders, present, kRecordWording));
  TRY(placeholders.check());
  if (values && values->value_error) {
    return values->value_error->in_expression_values(kRecordWording, values->invalid_placeholder);
  }
  std::optional<expression::ResolvedCondition> condition;
  if (text) {
    TRY_ASSIGN(auto ast, expressions.condition(expression::ExpressionKind::kCondition, *text));
    TRY_ASSIGN(condition, expression::resolve_condition(std::move(ast), placeholders));
  }
  TRY(placeholders.check_all_used());
  return condition;
}

}  // namespace

ReadResult<RecordWrite> read_record_write(json::Parser& parser, expression::ExpressionCache* expressions,
                                          RecordText text) {
  RecordWrite record;
  record.source_bytes = text.source_bytes;
  record.json = std::move(text.json);
  const auto object = parser.parse_object(record.json);
  if (!object) return Malformed{"it is not valid JSON"};
  json::Element member;
  if (object->at_key("Item").get(member) != simdjson::SUCCESS) return Malformed{"it has no member Item"};
  auto input = json::read_item(member);
  if (input.has_error()) return Malformed{"its Item is none: " + input.error().message};
  if (auto checked = input->check(kRecordWording); checked.has_error()) {
    return Malformed{"its Item cannot be one: " + checked.error().message};
  }
  record.write = plan::ItemWrite::put(std::move(input->item));
  if (record.write.item_size() > plan::kMaxItemBytes) {
    record.error = base::validation_error("Item size has exceeded the maximum allowed size");
  }
  if (expressions != nullptr) {
    auto condition = read_condition(*expressions, *object);
    if (condition.has_error()) {
      record.error = std::move(condition).error();
    } else {
      record.write.condition = *std::move(condition);
      record.write.failure_shows_item = true;
    }
  }
  return ReadResult<RecordWrite>{boost::system::in_place_value, std::move(record)};
}

}  // namespace millrace::transfers
