#include "server/api/query.hpp"

#include <utility>

#include "server/catalog/table_catalog.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::api {
namespace {

using base::validation_error;
using expression::KeyCondition;
using expression::KeyOperator;
using expression::RangeCondition;

/// `prefix` followed by an encoded value.
storage::EncodedKey with_value(storage::EncodedKey prefix, const model::AttributeValue& value) {
  storage::append_encoded(prefix, value);
  return prefix;
}

/// What the keys of all values beginning with `value` begin with: its encoding without the closing mark.
storage::EncodedKey with_beginning(storage::EncodedKey prefix, const model::AttributeValue& value) {
  constexpr std::size_t kClosingMark = 2;
  storage::append_encoded(prefix, value);
  prefix.resize(prefix.size() - kClosingMark);
  return prefix;
}

storage::KeyRange all_with(storage::EncodedKey prefix) {
  auto end = storage::after_prefix(prefix);
  return {std::move(prefix), std::move(end)};
}

/// Rows of the partition `prefix` whose next key attribute satisfies `condition`.
storage::KeyRange range_of(const storage::EncodedKey& prefix, const RangeCondition& condition) {
  const auto first = [&] { return with_value(prefix, condition.first); };
  switch (condition.op) {
    case KeyOperator::kLess: return {prefix, first()};
    case KeyOperator::kLessOrEqual: return {prefix, storage::after_prefix(first())};
    case KeyOperator::kGreater: return {storage::after_prefix(first()), storage::after_prefix(prefix)};
    case KeyOperator::kGreaterOrEqual: return {first(), storage::after_prefix(prefix)};
    case KeyOperator::kBetween: return {first(), storage::after_prefix(with_value(prefix, condition.second))};
    case KeyOperator::kBeginsWith: return all_with(with_beginning(prefix, condition.first));
    case KeyOperator::kEqual:
    case KeyOperator::kNotIndexable: break;
  }
  return all_with(first());
}

storage::KeyRange range_of(const model::KeySchema& schema, const KeyCondition& condition) {
  auto prefix = storage::encode_hash_prefix(schema, condition.hash);
  if (condition.range.empty()) return all_with(std::move(prefix));
  for (std::size_t at = 0; at + 1 < condition.range.size(); ++at) {  // all but the last are equalities
    storage::append_encoded(prefix, condition.range[at].first);
  }
  return range_of(prefix, condition.range.back());
}

bool asks_for_one_row(const KeyCondition& condition, const model::KeySchema& schema) {
  return !condition.range.empty() && condition.range.size() == schema.range.size() &&
         condition.range.back().op == KeyOperator::kEqual;
}

/// A start key must lie where the query looks.
Result<void> check_start_key_place(const ReadTarget& target, const KeyCondition& condition, const model::Item& start) {
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

void begin_behind(storage::KeyRange& range, storage::EncodedKey position, storage::Direction direction) {
  if (direction == storage::Direction::kDescending) {
    range.end = std::move(position);
    return;
  }
  position.push_back('\0');  // the smallest key greater than `position`
  range.begin = std::move(position);
}

}  // namespace

Result<ReadRequest> parse_query(expression::ExpressionCache& expressions, const json::Object& body) {
  return parse_items_read(ItemsRead::kQuery, expressions, body);
}

Result<ReadResponse> execute_query(OperationContext& context, const ReadRequest& request) {
  TRY_ASSIGN(const auto target, resolve_target(context.services.tables, request));
  const auto& start_key = request.exclusive_start_key;
  if (start_key) TRY(check_start_key(ItemsRead::kQuery, target, *start_key));
  TRY_ASSIGN(const auto condition, expression::bind_key_condition(request.key_terms, target.key_schema()));
  if (start_key) TRY(check_start_key_place(target, condition, *start_key));
  if (request.filter) {
    TRY(expression::check_filters_no_key(*request.filter, target.key_schema(), request.filter_parameter));
  }
  TRY(check_projected(target, request));

  auto range = range_of(target.key_schema(), condition);
  if (start_key) begin_behind(range, target.encode_position(*start_key), request.direction);
  return read_page(context, request, target, range);
}

void write_query(std::string& out, const ReadResponse& response) { write_read_response(out, response); }

}  // namespace millrace::api
