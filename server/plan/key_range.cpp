#include "server/plan/key_range.hpp"

#include <cstddef>
#include <utility>

namespace millrace::plan {
namespace {

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

}  // namespace

storage::KeyRange range_of(const model::KeySchema& schema, const KeyCondition& condition) {
  auto prefix = storage::encode_hash_prefix(schema, condition.hash);
  if (condition.range.empty()) return all_with(std::move(prefix));
  for (std::size_t at = 0; at + 1 < condition.range.size(); ++at) {  // all but the last are equalities
    storage::append_encoded(prefix, condition.range[at].first);
  }
  return range_of(prefix, condition.range.back());
}

void begin_behind(storage::KeyRange& range, storage::EncodedKey position, storage::Direction direction) {
  if (direction == storage::Direction::kDescending) {
    range.end = std::move(position);
    return;
  }
  position.push_back('\0');  // the smallest key greater than `position`
  range.begin = std::move(position);
}

}  // namespace millrace::plan
