#include "server/partiql/lowering.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "server/expression/key_condition.hpp"
#include "server/expression/terms/value_order.hpp"
#include "server/model/attribute_name.hpp"
#include "server/partiql/conjuncts.hpp"
#include "server/plan/key_range.hpp"

namespace millrace::partiql {
namespace {

using base::validation_error;
using model::AttributeValue;
using Kind = plan::ItemWrite::Kind;

/// AWS "ql-functions" and "ql-operators": IN takes so many values of a partition key.
constexpr std::size_t kMaxPartitions = 50;

std::vector<model::KeyAttribute> attributes_of(const model::KeySchema& schema) {
  std::vector<model::KeyAttribute> attributes = schema.hash;
  attributes.insert(attributes.end(), schema.range.begin(), schema.range.end());
  return attributes;
}

/// The partitions that a SELECT reads: a key each. Empty for a scan.
Result<std::vector<model::Item>> take_partitions(Conjuncts& conjuncts, const model::KeySchema& schema) {
  std::vector<model::Item> partitions;
  if (auto one = conjuncts.take_key(schema.hash)) {
    partitions.push_back(*std::move(one));
    return partitions;
  }
  if (schema.hash.size() > 1) return partitions;
  const std::string& name = schema.hash.front().name;
  const auto values = conjuncts.take_in(name);
  if (values.size() > kMaxPartitions) {
    return validation_error("The IN operator is provided with too many operands; number of operands: " +
                            std::to_string(values.size()));
  }
  for (const auto* value : values) {
    const auto is_this = [&](const model::Item& partition) { return *partition.find(name) == *value; };
    if (std::ranges::any_of(partitions, is_this)) continue;
    partitions.emplace_back().set(name, *value);
  }
  return partitions;
}

/// What WHERE says of the sort key: equalities on its first attributes, then one other condition.
std::vector<expression::KeyTerm> take_range_terms(Conjuncts& conjuncts, const model::KeySchema& schema) {
  std::vector<expression::KeyTerm> terms;
  for (const auto& attribute : schema.range) {
    auto term = conjuncts.take_key_term(attribute.name);
    if (!term) break;
    terms.push_back(*std::move(term));
    if (terms.back().op != expression::KeyOperator::kEqual) break;
  }
  return terms;
}

Result<storage::KeyRange> range_of(const model::KeySchema& schema, const model::Item& partition,
                                   std::span<const expression::KeyTerm> range_terms) {
  std::vector<expression::KeyTerm> terms;
  for (const auto& attribute : partition) {
    terms.push_back({attribute.name, expression::KeyOperator::kEqual, {attribute.value, std::nullopt}});
  }
  terms.insert(terms.end(), range_terms.begin(), range_terms.end());
  TRY_ASSIGN(const auto condition, expression::bind_key_condition(terms, schema));
  return plan::range_of(schema, condition);
}

/// Nothing is read from the table to filter what an index has found.
Result<void> check_filter_projected(const plan::ReadTarget& target,
                                    const std::optional<expression::ResolvedCondition>& filter) {
  if (target.index == nullptr || !filter) return {};
  std::vector<std::string_view> missing;
  for (const auto name : expression::top_level_attributes(*filter)) {
    if (!target.shows(name)) missing.push_back(name);
  }
  if (missing.empty()) return {};
  return base::invalid_parameter_values(
      "Secondary index " + target.index->name +
      " does not project one or more filter attributes: " + model::bracketed(missing));
}

bool is_in(const std::vector<model::KeyAttribute>& attributes, const OrderKey& key) {
  return std::ranges::any_of(attributes,
                             [&](const model::KeyAttribute& attribute) { return attribute.name == key.attribute; });
}

Result<void> check_order(const BoundSelect& select, const model::KeySchema& schema, std::size_t partitions) {
  if (select.order.empty()) return {};
  if (!select.where) return validation_error("Must have WHERE clause in the statement when using ORDER BY clause.");
  if (partitions == 0) {
    return validation_error(
        "Must have at least one non-optional hash key condition in WHERE clause when using ORDER BY clause.");
  }
  for (const auto& key : select.order) {
    if (is_in(schema.hash, key) || is_in(schema.range, key)) continue;
    return validation_error("Variable reference " + key.attribute +
                            " in ORDER BY clause must be part of the primary key");
  }
  // Rows of several partitions come one partition after the other.
  if (partitions > 1 && !is_in(schema.hash, select.order.front())) {
    return validation_error(
        "Must have hash key in ORDER BY clause when more than one hash key condition specified in WHERE clause.");
  }
  return {};
}

/// Partitions in the order of their key, if the statement orders by it, and the direction of the rows within them.
void apply_order(const BoundSelect& select, const model::KeySchema& schema, std::vector<model::Item>& partitions,
                 plan::PageRead& read) {
  for (const auto& key : select.order) {
    if (is_in(schema.range, key)) {
      read.direction = key.descending ? storage::Direction::kDescending : storage::Direction::kAscending;
      break;
    }
    if (partitions.size() < 2) continue;
    std::ranges::stable_sort(partitions, [&](const model::Item& left, const model::Item& right) {
      const auto order = expression::order_of(*left.find(key.attribute), *right.find(key.attribute));
      return order && (key.descending ? std::is_gt(*order) : std::is_lt(*order));
    });
  }
}

}  // namespace

Result<std::shared_ptr<const plan::ItemWrite>> lower(const BoundWrite& write, const model::KeySchema& schema) {
  if (write.insert) return write.insert;
  Conjuncts conjuncts{write.where};
  auto key = conjuncts.take_key(attributes_of(schema));
  if (!key) {
    return validation_error("Where clause does not contain a mandatory equality on all key attributes");
  }
  auto lowered = plan::ItemWrite::of_key(write.kind, *std::move(key));
  const std::string& hash = schema.hash.front().name;
  if (write.kind == Kind::kDelete) {
    lowered.condition = conjuncts.rest_unless_missing(hash);
  } else {
    lowered.condition = conjuncts.rest_of_existing(hash);
  }
  lowered.update = write.update;
  lowered.failure_shows_item = write.failure_shows_item;
  return std::make_shared<const plan::ItemWrite>(std::move(lowered));
}

bool is_item_condition(const BoundWrite& exists, const model::KeySchema& schema) {
  Conjuncts conjuncts{exists.where};
  return conjuncts.take_key(attributes_of(schema)) && conjuncts.rest();
}

Result<Selection> lower(const BoundSelect& select, const plan::ReadTarget& target) {
  Selection selection;
  selection.read.projection = select.projection;
  selection.read.filters_entries = true;
  const auto& schema = target.key_schema();
  Conjuncts conjuncts{select.where};
  TRY_ASSIGN(auto partitions, take_partitions(conjuncts, schema));
  TRY(check_order(select, schema, partitions.size()));
  if (partitions.empty()) {
    selection.read.filter = select.where;
    selection.ranges.push_back(storage::segment_range(0, 1));
    return selection;
  }
  apply_order(select, schema, partitions, selection.read);
  const auto range_terms = take_range_terms(conjuncts, schema);
  for (const auto& partition : partitions) {
    TRY_ASSIGN(auto range, range_of(schema, partition, range_terms));
    selection.ranges.push_back(std::move(range));
  }
  selection.read.filter = conjuncts.rest();
  TRY(check_filter_projected(target, selection.read.filter));
  const bool whole_key = range_terms.size() == schema.range.size() &&
                         (range_terms.empty() || range_terms.back().op == expression::KeyOperator::kEqual);
  selection.is_one_item = target.index == nullptr && partitions.size() == 1 && whole_key;
  return selection;
}

std::optional<model::Item> find_item(const BoundSelect& select, const model::KeySchema& schema) {
  Conjuncts conjuncts{select.where};
  auto key = conjuncts.take_key(attributes_of(schema));
  if (conjuncts.rest()) return std::nullopt;
  return key;
}

}  // namespace millrace::partiql
