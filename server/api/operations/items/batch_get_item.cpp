// BatchGetItem (API reference, 3.11).
#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/items/batch_request.hpp"
#include "server/api/items/consumed_capacity.hpp"
#include "server/api/items/item_projection.hpp"
#include "server/api/items/request_members.hpp"
#include "server/api/members/item_members.hpp"
#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/object_reader.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/item_read.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using expression::RequestMember;

constexpr Wording kGetWording = Wording::kNewer;
constexpr std::size_t kMaxKeys = 100;
constexpr std::size_t kKeysSeen = kMaxKeys + 1;  ///< tables, and keys of each: it is too much, whatever follows
constexpr std::size_t kMaxResponseBytes = std::size_t{16} << 20U;

constexpr members::Shape kKeys{.kind = members::Kind::kList, .element = &of_items::kItem};
constexpr std::array kMembersOfTable{
    members::Member{.name = "Keys", .shape = &kKeys, .presence = of_items::kRequired, .bounds = {1, kMaxKeys}},
    of_items::kAttributesToGet,
    of_items::kConsistentRead,
    of_items::kProjectionExpression,
    of_items::kAttributeNames,
};
constexpr members::Shape kTable{
    .kind = members::Kind::kStructure, .name = "KeysAndAttributes", .members = kMembersOfTable};
constexpr members::Shape kTables{.kind = members::Kind::kMap, .element = &kTable};
constexpr std::array kBatchGetItemMembers{
    members::Member{.name = "RequestItems", .shape = &kTables, .presence = of_items::kRequired},
    of_items::kReturnConsumedCapacity,
};

struct BatchGetItemRequest {
  struct Table {
    model::TableReference table;
    std::vector<model::Item> keys;
    plan::ItemProjection projection;
    plan::Consistency consistency{plan::Consistency::kEventual};
    /// The members of KeysAndAttributes but `Keys`, as JSON: UnprocessedKeys repeats them.
    std::string settings_json;
  };
  std::vector<Table> tables;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
};

struct BatchGetItemResponse {
  struct Table {
    std::string name;               ///< as the request names it
    std::vector<double> units;      ///< of each key that was read
    std::vector<std::string> rows;  ///< what was found, as stored; until finish_batch_get_item()
    std::string items_json;         ///< the JSON array of what is shown of it
    std::string unprocessed_json;   ///< KeysAndAttributes of what did not fit; empty when everything did
  };
  std::vector<Table> tables;
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  std::vector<plan::ConsumedCapacity> capacity;
};

/// KeysAndAttributes as its JSON says it.
struct KeysInput {
  std::string name;
  std::optional<std::vector<json::ItemInput>> keys;
  json::Array key_elements;  ///< the same as the body says them
  std::optional<std::vector<std::string>> attributes_to_get;
  std::optional<bool> consistent_read;
  OptionalText projection_expression;
  expression::Placeholders placeholders;
  std::string settings_json;
};

/// The JSON members but `Keys`, without braces.
std::string settings_of(const json::Object& object) {
  std::string settings;
  for (const auto& [name, value] : object) {
    if (name == "Keys" || value.is_null()) continue;
    if (!settings.empty()) settings.push_back(',');
    base::append_json_string(settings, name);
    settings.push_back(':');
    settings.append(simdjson::minify(value));
  }
  return settings;
}

/// Key number `at` as the caller spelled it, whatever the order of its attributes.
std::string spelling_of(const json::Array& keys, std::size_t at) {
  json::Object key;
  if (keys.at(at).get(key) != simdjson::SUCCESS) return {};
  std::vector<std::string> attributes;
  for (const auto& [name, value] : key) {
    std::string& attribute = attributes.emplace_back();
    base::append_json_string(attribute, name);
    attribute.append(":").append(simdjson::minify(value));
  }
  std::sort(attributes.begin(), attributes.end());
  std::string text;
  for (const auto& attribute : attributes) text.append(attribute).push_back(',');
  return text;
}

KeysInput read_table(std::string_view name, json::ObjectReader& in) {
  KeysInput table;
  table.name = name;
  table.keys = in.items("Keys", kKeysSeen);
  if (in.object().at_key("Keys").get(table.key_elements) != simdjson::SUCCESS) table.key_elements = {};
  table.attributes_to_get = in.string_list("AttributesToGet");
  table.consistent_read = in.boolean("ConsistentRead");
  table.projection_expression = in.string("ProjectionExpression");
  table.placeholders = read_names(in);
  table.settings_json = settings_of(in.object());
  return table;
}

/// The newer framework's text prints no value (additions, row 4).
void check_key_count(validation::Constraints& constraints, const KeysInput& table) {
  const std::size_t count = table.keys->size();
  if (count >= 1 && count <= kMaxKeys) return;
  constraints.violated(
      "Value at 'RequestItems." + table.name + ".member.Keys' failed to satisfy constraint: Member must have length " +
      (count == 0 ? "greater than or equal to 1" : "less than or equal to " + std::to_string(kMaxKeys)));
}

Result<void> check_constraints(const json::Object& body, const std::optional<std::vector<KeysInput>>& tables,
                               OptionalText capacity) {
  validation::Constraints constraints;
  if (tables) {
    add_bad_table_names(constraints, body, tables->size(),
                        [&](std::size_t at) { return std::string_view{(*tables)[at].name}; });
  }
  check_return_consumed_capacity(constraints, capacity);
  constraints.required("requestItems", tables.has_value());
  if (tables && tables->empty()) {
    constraints.violated(
        "Value at 'RequestItems' failed to satisfy constraint: Member must have length greater than or equal to 1");
  }
  if (!tables) return constraints.finish();
  for (const auto& table : *tables) {
    constraints.required("requestItems." + table.name + ".member.keys", table.keys.has_value());
    if (table.keys) check_key_count(constraints, table);
  }
  return constraints.finish();
}

Result<void> check_members_not_mixed(const std::vector<KeysInput>& tables) {
  const auto any = [&](auto has_member) { return std::any_of(tables.begin(), tables.end(), has_member); };
  const std::array legacy{RequestMember{
      "AttributesToGet", any([](const KeysInput& table) { return table.attributes_to_get.has_value(); })}};
  const std::array expressions{RequestMember{
      "ProjectionExpression", any([](const KeysInput& table) { return table.projection_expression.has_value(); })}};
  return expression::check_not_mixed(legacy, expressions);
}

/// Takes the keys that are valid and told apart. AWS tells them apart by the text of their numbers: `1000` beside `1e3`
/// is no duplicate, and the item they both mean is answered once (additions, row 17).
Result<std::vector<model::Item>> take_keys(KeysInput& input) {
  std::vector<model::Item> keys;
  std::map<std::string, std::vector<std::size_t>> numbers_of;  // by the key in its canonical form
  for (std::size_t at = 0; at < input.keys->size(); ++at) {
    json::ItemInput& key = (*input.keys)[at];
    TRY(key.check(kGetWording));
    auto& numbers = numbers_of[json::to_json(key.item)];
    const auto is_spelled_alike = [&](std::size_t other) {
      return spelling_of(input.key_elements, other) == spelling_of(input.key_elements, at);
    };
    if (std::any_of(numbers.begin(), numbers.end(), is_spelled_alike)) {
      return validation_error("Provided list of item keys contains duplicates");
    }
    if (numbers.empty()) keys.push_back(std::move(key.item));
    numbers.push_back(at);
  }
  return keys;
}

Result<BatchGetItemRequest::Table> take_table(KeysInput& input, expression::ExpressionCache& expressions) {
  BatchGetItemRequest::Table table;
  table.table = model::TableReference{std::move(input.name)};
  TRY_ASSIGN(table.keys, take_keys(input));
  if (input.attributes_to_get) {
    TRY_ASSIGN(table.projection, expression::resolve_attributes_to_get(*input.attributes_to_get));
  }
  const std::array expressions_present{RequestMember{"ProjectionExpression", input.projection_expression.has_value()}};
  TRY(expression::check_expressions_present(input.placeholders, expressions_present, kGetWording));
  TRY(input.placeholders.check());
  if (input.projection_expression) {
    TRY_ASSIGN(table.projection, resolve_projection(expressions, *input.projection_expression, input.placeholders));
  }
  TRY(input.placeholders.check_all_used());
  table.consistency = input.consistent_read.value_or(false) ? plan::Consistency::kStrong : plan::Consistency::kEventual;
  table.settings_json = std::move(input.settings_json);
  return table;
}

/// A table of the request, and the reads of its keys.
struct PreparedTable {
  catalog::TablePointer table;
  std::vector<plan::PreparedItemRead> reads;
};

Result<std::vector<PreparedTable>> prepare(OperationContext& context, const BatchGetItemRequest& request) {
  TRY(check_tables_differ(request.tables, context.caller));
  std::vector<PreparedTable> prepared;
  for (const auto& table : request.tables) {
    TRY_ASSIGN(auto entry, context.tables().require(table.table));
    prepared.push_back({std::move(entry), {}});
  }
  for (std::size_t at = 0; at < prepared.size(); ++at) {
    for (const auto& key : request.tables[at].keys) {
      TRY_ASSIGN(auto read, plan::prepare_item_read(prepared[at].table, key));
      prepared[at].reads.push_back(std::move(read));
    }
  }
  return prepared;
}

/// KeysAndAttributes of the keys from number `first` on.
std::string unprocessed(const BatchGetItemRequest::Table& table, std::size_t first) {
  std::string text;
  json::ObjectWriter writer{text};
  const std::vector<model::Item> rest(table.keys.begin() + static_cast<std::ptrdiff_t>(first), table.keys.end());
  json::append_list(writer.key("Keys"), rest, [&text](const model::Item& key) { json::append_item(text, key); });
  if (!table.settings_json.empty()) text.append(",").append(table.settings_json);
  writer.finish();
  return text;
}

/// Reads the items of a request while the answer has room, in portions: others may come in between.
class Reader {
 public:
  Reader(OperationContext& context, const BatchGetItemRequest& request) : context_{context}, request_{request} {
    response_.capacity_detail = request.capacity_detail;
  }

  Result<BatchGetItemResponse> read() {
    TRY_ASSIGN(tables_, prepare(context_, request_));
    for (std::size_t at = 0; at < tables_.size(); ++at) {
      TRY(read_table(at));
      if (context_.wants_aside) break;
    }
    if (refusal_ && !processed_any_) return *std::move(refusal_);
    return std::move(response_);
  }

 private:
  Result<void> read_table(std::size_t number) {
    const auto& wanted = request_.tables[number];
    auto& answer = response_.tables.emplace_back();
    answer.name = wanted.table.text();
    auto& capacity = response_.capacity.emplace_back();
    capacity.table = tables_[number].table;
    for (std::size_t at = 0; at < wanted.keys.size(); ++at) {
      if (portion_ > kPortionBytes) TRY(begin_portion());
      if (context_.wants_aside) return {};
      const auto admitted = plan::admit_read_of(context_.preparing().read, *capacity.table, nullptr, wanted.keys[at],
                                                capacity.table_units);
      if (admitted.has_error()) {
        if (!refusal_) refusal_ = admitted.error();
        answer.unprocessed_json = unprocessed(wanted, at);
        return {};
      }
      processed_any_ = true;
      TRY_ASSIGN(auto row, plan::read_item(context_.preparing().read, tables_[number].reads[at]));
      const std::size_t size = row ? row->item_size : 0;
      if (size > room_) {
        room_ = 0;  // nothing that comes later is squeezed in
        answer.unprocessed_json = unprocessed(wanted, at);
        return {};
      }
      room_ -= size;
      portion_ += size;
      answer.units.push_back(plan::units_of(row, wanted.consistency));
      capacity.table_units += answer.units.back();
      if (row) answer.rows.push_back(std::move(row->item_json));
    }
    return {};
  }

  Result<void> begin_portion() {
    if (context_.lane == Lane::kIo) {
      context_.wants_aside = true;
      return {};
    }
    portion_ = 0;
    TRY(context_.let_others_in());
    TRY_ASSIGN(tables_, prepare(context_, request_));
    return {};
  }

  OperationContext& context_;
  const BatchGetItemRequest& request_;
  std::vector<PreparedTable> tables_;
  std::size_t room_{kMaxResponseBytes};
  std::size_t portion_{0};
  bool processed_any_{false};
  std::optional<ApiError> refusal_;  ///< of the first key for which there was no throughput
  BatchGetItemResponse response_;
};

Result<BatchGetItemRequest> parse_batch_get_item(expression::ExpressionCache& expressions, const json::Object& body) {
  json::ObjectReader in{body};
  std::vector<KeysInput> read;
  const auto entries = in.structure_map(
      "RequestItems", "KeysAndAttributes",
      [&](std::string_view name, json::ObjectReader& entry) { read.push_back(read_table(name, entry)); }, kKeysSeen);
  const auto capacity = in.string("ReturnConsumedCapacity");
  if (in.failed()) return in.error();
  std::optional<std::vector<KeysInput>> tables;
  if (entries) tables = std::move(read);
  TRY(check_constraints(body, tables, capacity));

  std::size_t total = 0;
  for (const auto& table : *tables) total += table.keys->size();
  if (total > kMaxKeys) return validation_error("Too many items requested for the BatchGetItem call");
  TRY(check_members_not_mixed(*tables));

  BatchGetItemRequest request;
  request.capacity_detail = capacity_detail_from(capacity);
  for (auto& input : *tables) {
    TRY_ASSIGN(auto table, take_table(input, expressions));
    request.tables.push_back(std::move(table));
  }
  return request;
}

Result<BatchGetItemResponse> execute_batch_get_item(OperationContext& context, const BatchGetItemRequest& request) {
  return Reader{context, request}.read();
}

Result<void> finish_batch_get_item(OperationContext& context, const BatchGetItemRequest& request,
                                   BatchGetItemResponse& response) {
  for (std::size_t at = 0; at < response.tables.size(); ++at) {
    auto& table = response.tables[at];
    const auto& projection = request.tables[at].projection;
    std::size_t bytes = 0;
    for (const auto& row : table.rows) bytes += row.size();
    if (context.lane == Lane::kIo && projection && is_long_work(bytes, projection->ast->paths.size())) {
      context.wants_aside = true;
      return {};
    }
    table.items_json.reserve(bytes + table.rows.size() + 1);
    table.items_json.push_back('[');
    for (auto& row : table.rows) {
      if (table.items_json.size() > 1) table.items_json.push_back(',');
      table.items_json.append(plan::shown_json(projection, context.stored_parser, std::move(row)));
    }
    table.items_json.push_back(']');
  }
  for (std::size_t at = 0; at < response.capacity.size(); ++at) {
    context.charge_read(response.capacity[at]);
    const auto& units = response.tables[at].units;
    for (std::size_t key = 0; key < units.size(); ++key) {
      context.count_read(*response.capacity[at].table, nullptr, request.tables[at].keys[key], units[key]);
    }
  }
  return {};
}

void write_batch_get_item(std::string& out, const BatchGetItemResponse& response) {
  json::ObjectWriter writer{out};
  json::ObjectWriter responses{writer.key("Responses")};
  for (const auto& table : response.tables) responses.raw(table.name, table.items_json);
  responses.finish();
  json::ObjectWriter rest{writer.key("UnprocessedKeys")};
  for (const auto& table : response.tables) {
    if (!table.unprocessed_json.empty()) rest.raw(table.name, table.unprocessed_json);
  }
  rest.finish();
  write_batch_capacity(writer, response.capacity_detail, response.capacity);
  writer.finish();
}

}  // namespace

extern const Operation kBatchGetItem{"DynamoDB_20120810.BatchGetItem",
                                     run_operation<parse_batch_get_item, storage::Access::kRead, execute_batch_get_item,
                                                   write_batch_get_item, finish_batch_get_item>,
                                     kBatchGetItemMembers, FaultPoint::kDynamodbThrottle};

}  // namespace millrace::api
