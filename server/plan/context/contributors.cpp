#include "server/plan/context/contributors.hpp"

#include <algorithm>

#include "server/json/attribute_value_json.hpp"

namespace millrace::plan {
namespace {

/// Tables and indexes that are counted at a time. With more the counting begins anew: those that are gone stay
/// otherwise.
constexpr std::size_t kMostResources = 1000;

const model::ContributorInsights* insights_of(const model::TableDefinition& table,
                                              const model::IndexDefinition* index) {
  const auto& all = table.settings.contributor_insights;
  const auto found = all.find(index == nullptr ? std::string{} : index->name);
  return found != all.end() && found->second.enabled ? &found->second : nullptr;
}

bool has_all(const model::Item& item, const std::vector<model::KeyAttribute>& attributes) {
  return std::ranges::all_of(attributes,
                             [&item](const auto& attribute) { return item.find(attribute.name) != nullptr; });
}

}  // namespace

void Contributors::add(Counts& counts, std::string key, double units) {
  if (const auto known = counts.find(key); known != counts.end()) {
    known->second += units;
    return;
  }
  double inherited = 0;
  if (counts.size() >= kMostKeys) {
    const auto least = std::ranges::min_element(counts, {}, [](const auto& entry) { return entry.second; });
    inherited = least->second;
    counts.erase(least);
  }
  counts.emplace(std::move(key), inherited + units);
}

void Contributors::count(const model::TableDefinition& table, const model::IndexDefinition* index,
                         const model::Item& item, double units, bool is_throttled) {
  const auto* const insights = insights_of(table, index);
  if (insights == nullptr || units == 0) return;
  if (!is_throttled && insights->mode == model::ContributorInsightsMode::kThrottledKeys) return;
  const auto& schema = index == nullptr ? table.key_schema : index->key_schema;
  if (!has_all(item, schema.hash)) return;
  const auto partition = json::to_json(model::key_of(model::KeySchema{schema.hash, {}}, item));
  const std::lock_guard lock{mutex_};
  const Resource resource{table.id, index == nullptr ? std::string{} : index->name};
  if (rules_.size() >= kMostResources && !rules_.contains(resource)) rules_.clear();
  auto& rules = rules_[resource];
  const auto of_rule = [&](Rule consumed, Rule throttled) -> Counts& {
    return rules.at(static_cast<std::size_t>(is_throttled ? throttled : consumed));
  };
  add(of_rule(Rule::kPartitionKeyConsumed, Rule::kPartitionKeyThrottled), partition, units);
  if (schema.range.empty() || !has_all(item, schema.range)) return;
  add(of_rule(Rule::kSortKeyConsumed, Rule::kSortKeyThrottled), json::to_json(model::key_of(schema, item)), units);
}

void Contributors::consumed(const model::TableDefinition& table, const model::IndexDefinition* index,
                            const model::Item& item, double units) {
  count(table, index, item, units, false);
}

void Contributors::consumed(const ConsumedCapacity& capacity, const model::Item& item) {
  const auto& table = capacity.table->definition;
  count(table, nullptr, item, capacity.table_units, false);
  for (const auto& [index, units] : capacity.indexes) {
    if (index->kind == model::IndexKind::kGlobal) count(table, index, item, units, false);
  }
}

void Contributors::throttled(const model::TableDefinition& table, const model::IndexDefinition* index,
                             const model::Item& item) {
  count(table, index, item, 1, true);
}

std::vector<Contributors::Key> Contributors::top(const model::TableDefinition& table, std::string_view index_name,
                                                 Rule rule, std::size_t limit) const {
  std::vector<Key> keys;
  {
    const std::lock_guard lock{mutex_};
    const auto found = rules_.find({table.id, std::string{index_name}});
    if (found == rules_.end()) return keys;
    for (const auto& [json, count] : found->second.at(static_cast<std::size_t>(rule))) keys.push_back({json, count});
  }
  std::ranges::sort(keys, [](const Key& left, const Key& right) {
    return left.count != right.count ? left.count > right.count : left.json < right.json;
  });
  keys.resize(std::min(keys.size(), limit));
  return keys;
}

}  // namespace millrace::plan
