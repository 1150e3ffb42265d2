// ListContributorInsights (API reference, 3.19): what is enabled, a table before its indexes. A token is the place of
// the last one of a page, which need not be there any more.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/api/operation.hpp"
#include "server/api/settings/contributor_insights.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kMostInsightsOfPage = 100;

struct ListInsightsMembers {
  OptionalText table_name;
  OptionalText next_token;
  std::optional<std::int64_t> max_results;
};
constexpr of_tables::MemberTable kListInsightsMembers{
    "ListContributorInsightsInput",
    of_tables::row(
        &ListInsightsMembers::table_name,
        {.name = "TableName", .bounds = {1, 1024}, .pattern = of_tables::kNamePattern, .check = check_apart}),
    of_tables::row(&ListInsightsMembers::next_token, {.name = "NextToken"}),
    of_tables::row(&ListInsightsMembers::max_results, {.name = "MaxResults", .bounds = {1, kMostInsightsOfPage}}),
};

struct ListInsightsRequest {
  std::optional<model::TableReference> table;  ///< absent: all
  std::string_view after_table;
  std::string_view after_index;  ///< of that table; empty: the table itself
  bool from_start{true};
  std::size_t limit{0};
};

struct InsightsSummary {
  std::string table_name;
  std::string index_name;
  model::ContributorInsightsMode mode{};
};
struct ListInsightsResponse {
  std::vector<InsightsSummary> summaries;
  bool more{false};
};

Result<ListInsightsRequest> parse_list_insights(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<ListInsightsMembers>(body, kListInsightsMembers));
  validation::Constraints constraints;
  members::check(constraints, kListInsightsMembers, members);
  ListInsightsRequest request;
  if (members.table_name) {
    TRY_ASSIGN(request.table, finish_with_table(constraints, members.table_name));
  }
  TRY(constraints.finish());
  request.limit = static_cast<std::size_t>(members.max_results.value_or(kMostInsightsOfPage));
  if (members.next_token) {
    const std::string_view token = *members.next_token;
    const std::size_t slash = token.find('/');
    request.from_start = false;
    request.after_table = token.substr(0, slash);
    if (slash != std::string_view::npos) request.after_index = token.substr(slash + 1);
  }
  return request;
}

/// Adds those of one table to a page. False once the page is full.
bool add_summaries(ListInsightsResponse& page, const ListInsightsRequest& request,
                   const model::TableDefinition& table) {
  const bool begins_behind = !request.from_start && table.name == request.after_table;
  for (const auto& [index, insights] : table.settings.contributor_insights) {
    if (!insights.enabled || (begins_behind && index <= request.after_index)) continue;
    page.more = page.summaries.size() == request.limit;
    if (page.more) return false;
    page.summaries.push_back({.table_name = table.name, .index_name = index, .mode = insights.mode});
  }
  return true;
}

Result<ListInsightsResponse> execute_list_insights(OperationContext& context, const ListInsightsRequest& request) {
  ListInsightsResponse page;
  const auto tables = context.tables();
  if (request.table) {
    TRY_ASSIGN(const auto table, tables.require_named(*request.table));
    add_summaries(page, request, table->definition);
    return page;
  }
  constexpr std::size_t kNamesAtOnce = 100;
  std::string after{request.after_table};
  if (const auto begun = tables.find(after); begun && !add_summaries(page, request, begun->definition)) return page;
  for (auto names = tables.names_after(after, kNamesAtOnce); !names.empty();
       names = tables.names_after(after, kNamesAtOnce)) {
    for (const auto& name : names) {
      if (!add_summaries(page, request, tables.find(name)->definition)) return page;
    }
    after = names.back();
  }
  return page;
}

void write_list_insights(std::string& out, const ListInsightsResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("ContributorInsightsSummaries"), response.summaries,
                    [&out](const InsightsSummary& summary) {
                      json::ObjectWriter entry{out};
                      write_insights_names(entry, summary.table_name, summary.index_name);
                      entry.string("ContributorInsightsStatus", "ENABLED");
                      entry.string("ContributorInsightsMode", to_text(summary.mode));
                      entry.finish();
                    });
  if (response.more) {
    const auto& last = response.summaries.back();
    writer.string("NextToken", last.index_name.empty() ? last.table_name : last.table_name + "/" + last.index_name);
  }
  writer.finish();
}

}  // namespace

extern const Operation kListContributorInsights{
    "DynamoDB_20120810.ListContributorInsights",
    run_operation<parse_list_insights, storage::Access::kRead, execute_list_insights, write_list_insights>,
    kListInsightsMembers.members};

}  // namespace millrace::api
