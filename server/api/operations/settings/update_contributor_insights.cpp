// UpdateContributorInsights (API reference, 3.19). It is done when the answer leaves, though that says ENABLING or
// DISABLING as AWS's does; what is asked for already is answered with the status that it has.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "server/api/operation.hpp"
#include "server/api/settings/contributor_insights.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::api {
namespace {

constexpr std::array<std::string_view, 2> kInsightsActions{"ENABLE", "DISABLE"};

struct UpdateInsightsMembers {
  OptionalText table_name;
  OptionalText index_name;
  OptionalText action;
  OptionalText mode;
};
constexpr of_tables::MemberTable kUpdateInsightsMembers{
    "UpdateContributorInsightsInput",
    of_tables::row(&UpdateInsightsMembers::table_name, of_tables::kTableName),
    of_tables::row(&UpdateInsightsMembers::index_name, kInsightsIndexName),
    of_tables::row(
        &UpdateInsightsMembers::action,
        {.name = "ContributorInsightsAction", .presence = members::Presence::kRequired, .values = kInsightsActions}),
    of_tables::row(&UpdateInsightsMembers::mode, {.name = "ContributorInsightsMode", .values = kInsightsModes}),
};

struct UpdateInsightsRequest {
  InsightsTarget target;
  bool enable{false};
  std::optional<model::ContributorInsightsMode> mode;
};

struct UpdateInsightsResponse {
  std::string table_name;
  std::string index_name;
  std::string_view status;
  std::optional<model::ContributorInsightsMode> mode;  ///< absent where they never were enabled
};

Result<UpdateInsightsRequest> parse_update_insights(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read<UpdateInsightsMembers>(body, kUpdateInsightsMembers));
  validation::Constraints constraints;
  members::check(constraints, kUpdateInsightsMembers, members);
  UpdateInsightsRequest request;
  TRY_ASSIGN(request.target, read_insights_target(constraints, members.table_name, members.index_name));
  request.enable = members.action == "ENABLE";
  if (members.mode) request.mode = insights_mode_from(*members.mode);
  return request;
}

/// Whether anything changes. The rules of insights that are enabled keep their names when the mode changes.
bool change_insights(model::ContributorInsights& insights, const UpdateInsightsRequest& request, TimePoint now) {
  const auto wanted = insights.enabled
                          ? request.mode.value_or(insights.mode)
                          : request.mode.value_or(model::ContributorInsightsMode::kAccessedAndThrottledKeys);
  if (request.enable == insights.enabled && (!request.enable || wanted == insights.mode)) return false;
  if (request.enable) {
    if (!insights.enabled) insights.rules_made = now;
    insights.mode = wanted;
  }
  insights.enabled = request.enable;
  insights.changed = now;
  return true;
}

Result<UpdateInsightsResponse> execute_update_insights(OperationContext& context,
                                                       const UpdateInsightsRequest& request) {
  TRY_ASSIGN(const auto table, require_insights_target(context, request.target));
  auto definition = table->definition;
  auto& all = definition.settings.contributor_insights;
  const auto known = all.find(request.target.index);
  auto insights = known == all.end() ? model::ContributorInsights{} : known->second;
  UpdateInsightsResponse response{
      .table_name = definition.name, .index_name = request.target.index, .status = {}, .mode = {}};
  if (!change_insights(insights, request, context.services.clock.now())) {
    response.status = insights.enabled ? "ENABLED" : "DISABLED";
    if (known != all.end()) response.mode = insights.mode;
    return response;
  }
  response.status = insights.enabled ? "ENABLING" : "DISABLING";
  response.mode = insights.mode;
  all.insert_or_assign(request.target.index, insights);
  TRY(context.services.tables.put(std::move(definition)));
  return response;
}

void write_update_insights(std::string& out, const UpdateInsightsResponse& response) {
  json::ObjectWriter writer{out};
  write_insights_names(writer, response.table_name, response.index_name);
  writer.string("ContributorInsightsStatus", response.status);
  if (response.mode) writer.string("ContributorInsightsMode", to_text(*response.mode));
  writer.finish();
}

}  // namespace

extern const Operation kUpdateContributorInsights{
    "DynamoDB_20120810.UpdateContributorInsights",
    run_operation<parse_update_insights, storage::Access::kWrite, execute_update_insights, write_update_insights>,
    kUpdateInsightsMembers.members};

}  // namespace millrace::api
