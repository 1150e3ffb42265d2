#include "server/api/settings/contributor_insights.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

namespace millrace::api {
namespace {

using Mode = model::ContributorInsightsMode;

/// A rule's name has at most 128 characters, the name of a table and an index more.
constexpr std::size_t kMostOfResourceName = 80;

}  // namespace

Result<InsightsTarget> read_insights_target(validation::Constraints& constraints, OptionalText table_name,
                                            OptionalText index_name) {
  constexpr std::size_t kShortestName = 3;
  constexpr std::size_t kLongestName = 255;
  if (index_name) {
    constraints.pattern("indexName", *index_name, validation::is_resource_name(*index_name), of_tables::kNamePattern);
  }
  InsightsTarget target;
  TRY_ASSIGN(target.table, finish_with_table(constraints, table_name));
  if (!index_name) return target;
  if (index_name->size() < kShortestName || index_name->size() > kLongestName) {
    return base::validation_error("IndexName must be at least 3 characters long and at most 255 characters long");
  }
  target.index = *index_name;
  return target;
}

Result<catalog::TablePointer> require_insights_target(const OperationContext& context, const InsightsTarget& target) {
  TRY_ASSIGN(auto table, context.tables().require_named(target.table));
  if (target.index.empty()) return table;
  const auto* const index = table->definition.find_index(target.index);
  if (index != nullptr && index->kind == model::IndexKind::kGlobal) return table;
  return ApiError{ErrorKind::kResourceNotFound, fmt::format("Requested resource not found: Index: {} not found for "
                                                            "table: {}",
                                                            target.index, table->definition.name)};
}

std::string_view to_text(Mode mode) {
  return mode == Mode::kThrottledKeys ? "THROTTLED_KEYS" : "ACCESSED_AND_THROTTLED_KEYS";
}

Mode insights_mode_from(std::string_view text) {
  return text == to_text(Mode::kThrottledKeys) ? Mode::kThrottledKeys : Mode::kAccessedAndThrottledKeys;
}

void write_insights_names(json::ObjectWriter& writer, std::string_view table_name, std::string_view index_name) {
  writer.string("TableName", table_name);
  if (!index_name.empty()) writer.string("IndexName", index_name);
}

std::vector<std::string> insights_rules(const model::TableDefinition& table, std::string_view index_name,
                                        const model::ContributorInsights& insights) {
  const auto* const index = index_name.empty() ? nullptr : table.find_index(index_name);
  const bool has_sort_key = !(index == nullptr ? table.key_schema : index->key_schema).range.empty();
  auto resource = index == nullptr ? table.name : fmt::format("{}-{}", table.name, index_name);
  resource.resize(std::min(resource.size(), kMostOfResourceName));
  const auto made = std::chrono::floor<std::chrono::milliseconds>(insights.rules_made).time_since_epoch().count();
  std::vector<std::string> rules;
  for (const std::string_view counted : {"C", "T"}) {
    if (counted == "C" && insights.mode == Mode::kThrottledKeys) continue;
    rules.push_back(fmt::format("DynamoDBContributorInsights-PK{}-{}-{}", counted, resource, made));
    if (has_sort_key) rules.push_back(fmt::format("DynamoDBContributorInsights-SK{}-{}-{}", counted, resource, made));
  }
  return rules;
}

}  // namespace millrace::api
