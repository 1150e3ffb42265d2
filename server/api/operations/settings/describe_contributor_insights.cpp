// DescribeContributorInsights (API reference, 3.19).
#include <optional>
#include <string>
#include <vector>

#include "server/api/operation.hpp"
#include "server/api/settings/contributor_insights.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

struct DescribeInsightsMembers {
  OptionalText table_name;
  OptionalText index_name;
};
constexpr of_tables::MemberTable kDescribeInsightsMembers{
    "DescribeContributorInsightsInput",
    of_tables::row(&DescribeInsightsMembers::table_name, of_tables::kTableName),
    of_tables::row(&DescribeInsightsMembers::index_name, kInsightsIndexName),
};

struct DescribeInsightsResponse {
  std::string table_name;
  std::string index_name;
  std::optional<model::ContributorInsights> insights;  ///< absent where they never were enabled
  std::vector<std::string> rules;
};

Result<InsightsTarget> parse_describe_insights(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<DescribeInsightsMembers>(body, kDescribeInsightsMembers));
  validation::Constraints constraints;
  return read_insights_target(constraints, members.table_name, members.index_name);
}

Result<DescribeInsightsResponse> execute_describe_insights(OperationContext& context, const InsightsTarget& target) {
  TRY_ASSIGN(const auto table, require_insights_target(context, target));
  const auto& definition = table->definition;
  DescribeInsightsResponse response{
      .table_name = definition.name, .index_name = target.index, .insights = {}, .rules = {}};
  const auto& all = definition.settings.contributor_insights;
  const auto found = all.find(target.index);
  if (found == all.end()) return response;
  response.insights = found->second;
  if (found->second.enabled) response.rules = insights_rules(definition, target.index, found->second);
  return response;
}

void write_describe_insights(std::string& out, const DescribeInsightsResponse& response) {
  json::ObjectWriter writer{out};
  write_insights_names(writer, response.table_name, response.index_name);
  if (!response.rules.empty()) {
    json::append_list(writer.key("ContributorInsightsRuleList"), response.rules,
                      [&out](const std::string& rule) { base::append_json_string(out, rule); });
  }
  const auto& insights = response.insights;
  writer.string("ContributorInsightsStatus", insights && insights->enabled ? "ENABLED" : "DISABLED");
  if (insights) {
    writer.timestamp("LastUpdateDateTime", insights->changed);
    writer.string("ContributorInsightsMode", to_text(insights->mode));
  }
  writer.finish();
}

}  // namespace

extern const Operation kDescribeContributorInsights{
    "DynamoDB_20120810.DescribeContributorInsights",
    run_operation<parse_describe_insights, storage::Access::kRead, execute_describe_insights, write_describe_insights>,
    kDescribeInsightsMembers.members};

}  // namespace millrace::api
