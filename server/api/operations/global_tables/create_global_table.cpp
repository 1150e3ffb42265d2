// CreateGlobalTable, version 2017.11.29 (API reference, 3.21): makes replicas of tables that are there. It is ACTIVE
// when the answer has left, which says CREATING.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "server/api/global_tables/old_global_table.hpp"
#include "server/api/global_tables/replica_changes.hpp"
#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

struct CreateGlobalTableMembers {
  OptionalText name;
  std::optional<std::vector<ReplicaInput>> group;
};
constexpr of_tables::MemberTable kGroupMember{"Replica", of_tables::row(&ReplicaInput::region, {.name = "RegionName"})};
constexpr of_tables::MemberTable kCreateGlobalTableMembers{
    "CreateGlobalTableInput",
    of_tables::row(&CreateGlobalTableMembers::name, of_tables::kGlobalTableName),
    of_tables::rows_of<kGroupMember>(&CreateGlobalTableMembers::group,
                                     {.name = "ReplicationGroup", .presence = members::Presence::kRequired}),
};

struct CreateGlobalTableRequest {
  std::string name;
  std::vector<std::string> regions;  ///< each once
};

Result<CreateGlobalTableRequest> parse_create_global_table(const json::Object& body) {
  TRY_ASSIGN(const auto members, members::read_checked<CreateGlobalTableMembers>(body, kCreateGlobalTableMembers));
  CreateGlobalTableRequest request{.name = std::string{*members.name}, .regions = {}};
  for (const auto& member : *members.group) {
    const std::string region{member.region.value_or("")};
    if (!model::is_region(region)) return base::validation_error(fmt::format("Region {} is not supported.", region));
    constexpr std::size_t kMostRegions = 100;
    if (request.regions.size() == kMostRegions) {
      return ApiError{ErrorKind::kLimitExceeded, "A global table has at most 100 replicas"};
    }
    if (std::ranges::find(request.regions, region) == request.regions.end()) request.regions.push_back(region);
  }
  if (request.regions.empty()) return base::validation_error("One or more parameter values were invalid");
  return request;
}

Result<GlobalTableDescription> execute_create_global_table(OperationContext& context,
                                                           const CreateGlobalTableRequest& request) {
  TRY(check_regions_apart(context));
  if (!find_global_table(context, request.name).empty()) {
    return ApiError{ErrorKind::kGlobalTableAlreadyExists,
                    fmt::format("Global table with name: '{}' already exists.", request.name)};
  }
  Replicas tables;
  for (const auto& region : request.regions) {
    const auto* const model = tables.empty() ? nullptr : &tables.front()->definition;
    TRY_ASSIGN(auto table, require_candidate(context, request.name, region, model));
    tables.push_back(std::move(table));
  }
  TRY(found_global_table(context, tables.front()->definition));
  for (std::size_t at = 1; at < tables.size(); ++at) {
    TRY(join_global_table(context, tables.front()->definition, tables[at]->definition));
  }
  return describe_global_table(context, request.name, find_global_table(context, request.name), "CREATING");
}

}  // namespace

extern const Operation kCreateGlobalTable{"DynamoDB_20120810.CreateGlobalTable",
                                          run_operation<parse_create_global_table, storage::Access::kWrite,
                                                        execute_create_global_table, append_global_table_answer>,
                                          kCreateGlobalTableMembers.members};

}  // namespace millrace::api
