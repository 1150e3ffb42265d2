// CloudWatch Contributor Insights (API reference, 3.19): of which table or index, and how they are told. They are kept
// and described with the rules that AWS makes for them; keys are not counted.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_settings.hpp"

namespace millrace::api {

inline constexpr std::array<std::string_view, 2> kInsightsModes{"THROTTLED_KEYS", "ACCESSED_AND_THROTTLED_KEYS"};

/// `IndexName`: read_insights_target() checks it.
inline constexpr members::Member kInsightsIndexName{
    .name = "IndexName", .bounds = {3, 255}, .pattern = of_tables::kNamePattern, .check = check_apart};

struct InsightsTarget {
  model::TableReference table;
  std::string index;  ///< empty: the table itself
};
/// Ends `constraints`, as finish_with_table() does, and answers a wrong length of the index's name with its own text.
Result<InsightsTarget> read_insights_target(validation::Constraints& constraints, OptionalText table_name,
                                            OptionalText index_name);
/// The table, which has the global index if one is meant. Errors: ResourceNotFoundException.
Result<catalog::TablePointer> require_insights_target(const OperationContext& context, const InsightsTarget& target);

/// AWS's spelling.
std::string_view to_text(model::ContributorInsightsMode mode);
model::ContributorInsightsMode insights_mode_from(std::string_view text);

/// Writes `TableName` and, for an index, `IndexName`.
void write_insights_names(json::ObjectWriter& writer, std::string_view table_name, std::string_view index_name);

/// The names of the rules that count: of the partition key and, if there is one, the sort key, by access and
/// throttling.
std::vector<std::string> insights_rules(const model::TableDefinition& table, std::string_view index_name,
                                        const model::ContributorInsights& insights);

}  // namespace millrace::api
