// Global tables of version 2017.11.29 (API reference, 3.21): made of tables that are there, empty and alike, and so
// taken apart again. There is no such thing beside its replicas: with the last one it is gone. AWS has made none since
// it gave up the version (measured in October 2026); it is served for those who have one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/api/members/replica_members.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {

namespace of_tables {

inline constexpr Member kGlobalTableName{.name = "GlobalTableName",
                                         .presence = kRequired,
                                         .bounds = {3, 255},
                                         .pattern = kNamePattern,
                                         .check = check_resource_name};

}  // namespace of_tables

/// The replicas of the global table, in the order of their regions.
using Replicas = std::vector<catalog::TablePointer>;

/// Empty: there is no global table of that name in the caller's account.
Replicas find_global_table(const OperationContext& context, std::string_view name);
/// Errors: GlobalTableNotFoundException `Global table with name: 'T' does not exist.`, behind `prefix`.
Result<Replicas> require_global_table(const OperationContext& context, const std::string& name,
                                      std::string_view prefix = {});

/// The caller's table in `region` that is to become a replica. Errors: TableNotFoundException; ValidationException when
/// it is a replica already, not empty, without a stream of both images, or unlike `model`, if there is one.
Result<catalog::TablePointer> require_candidate(OperationContext& context, const std::string& name,
                                                const std::string& region, const model::TableDefinition* model);

/// Makes the table the first replica of a new global table.
Result<void> found_global_table(OperationContext& context, const model::TableDefinition& table);
/// Makes the table one more replica of the global table of `member`.
Result<void> join_global_table(OperationContext& context, const model::TableDefinition& member,
                               const model::TableDefinition& table);

/// What Create-, Update- and DescribeGlobalTable answer.
struct GlobalTableDescription {
  std::string name;
  std::string arn;
  TimePoint created{};
  std::string_view status;
  std::vector<std::string> regions;
};
GlobalTableDescription describe_global_table(const OperationContext& context, const std::string& name,
                                             const Replicas& replicas, std::string_view status);
/// Appends `{"GlobalTableDescription": …}`.
void append_global_table_answer(std::string& out, const GlobalTableDescription& description);
/// Appends `[{"RegionName": …}, …]`.
void append_regions(std::string& out, const std::vector<std::string>& regions);

}  // namespace millrace::api
