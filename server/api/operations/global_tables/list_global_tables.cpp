// ListGlobalTables, version 2017.11.29 (API reference, 3.21): those that have a replica in a region, or all.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/api/global_tables/old_global_table.hpp"
#include "server/api/operation.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/arn.hpp"

namespace millrace::api {
namespace {

constexpr std::int64_t kDefaultLimit = 100;

struct ListGlobalTablesMembers {
  OptionalText start;
  std::optional<std::int64_t> limit;
  OptionalText region;
};
constexpr of_tables::MemberTable kListGlobalTablesMembers{
    "ListGlobalTablesInput",
    of_tables::row(&ListGlobalTablesMembers::start, {.name = "ExclusiveStartGlobalTableName",
                                                     .bounds = {3, 255},
                                                     .pattern = of_tables::kNamePattern,
                                                     .check = check_resource_name}),
    of_tables::row(&ListGlobalTablesMembers::limit, {.name = "Limit", .bounds = {1, INT32_MAX}}),
    of_tables::row(&ListGlobalTablesMembers::region, {.name = "RegionName"}),
};

struct ListGlobalTablesRequest {
  std::string start;
  std::size_t limit{kDefaultLimit};
  std::string region;  ///< empty: any
};

struct ListGlobalTablesResponse {
  std::vector<std::pair<std::string, std::vector<std::string>>> tables;  ///< names, and regions
  bool more{false};
};

Result<ListGlobalTablesRequest> parse_list_global_tables(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<ListGlobalTablesMembers>(body, kListGlobalTablesMembers));
  return ListGlobalTablesRequest{std::string{members.start.value_or("")},
                                 static_cast<std::size_t>(members.limit.value_or(kDefaultLimit)),
                                 std::string{members.region.value_or("")}};
}

Result<ListGlobalTablesResponse> execute_list_global_tables(OperationContext& context,
                                                            const ListGlobalTablesRequest& request) {
  std::map<std::string, std::vector<std::string>> all;
  for (const auto& table : context.services.tables.replicated()) {
    const auto& definition = table->definition;
    const auto arn = model::parse_table_arn(definition.arn);
    if (definition.replication->version != model::GlobalTableVersion::k2017 || !arn ||
        arn->account_id != context.caller.account.id) {
      continue;
    }
    all[definition.name].emplace_back(arn->region);
  }
  ListGlobalTablesResponse response;
  for (auto table = all.upper_bound(request.start); table != all.end(); ++table) {
    auto& [name, regions] = *table;
    if (!request.region.empty() && std::ranges::find(regions, request.region) == regions.end()) continue;
    response.more = response.tables.size() == request.limit;
    if (response.more) break;
    response.tables.emplace_back(name, std::move(regions));
  }
  return response;
}

void write_list_global_tables(std::string& out, const ListGlobalTablesResponse& response) {
  json::ObjectWriter writer{out};
  json::append_list(writer.key("GlobalTables"), response.tables, [&out](const auto& table) {
    json::ObjectWriter entry{out};
    entry.string("GlobalTableName", table.first);
    append_regions(entry.key("ReplicationGroup"), table.second);
    entry.finish();
  });
  if (response.more) writer.string("LastEvaluatedGlobalTableName", response.tables.back().first);
  writer.finish();
}

}  // namespace

extern const Operation kListGlobalTables{"DynamoDB_20120810.ListGlobalTables",
                                         run_operation<parse_list_global_tables, storage::Access::kRead,
                                                       execute_list_global_tables, write_list_global_tables>,
                                         kListGlobalTablesMembers.members};

}  // namespace millrace::api
