// A new table from what another was: what RestoreTableFromBackup and RestoreTableToPointInTime share (API reference,
// 3.17).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/members/table_members.hpp"
#include "server/api/members/vector_index_members.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// What a request may change of the table that comes out.
struct RestoreOverrides {
  OptionalText billing_mode;
  std::optional<std::vector<IndexInput>> global_indexes;
  std::optional<std::vector<IndexInput>> local_indexes;
  std::optional<std::vector<VectorIndexInput>> vector_indexes;
  std::optional<ThroughputInput> throughput;
  std::optional<model::OnDemandThroughput> on_demand;
  std::optional<EncryptionInput> encryption;
};

/// The field of a request that derives from the overrides.
template <class Request, class Value>
constexpr Value Request::*override_of(Value RestoreOverrides::*field) {
  return field;
}

/// `TargetTableName`.
inline constexpr members::Member kTargetTableName{.name = "TargetTableName",
                                                  .presence = members::Presence::kRequired,
                                                  .bounds = {3, 255},
                                                  .pattern = of_tables::kNamePattern,
                                                  .check = check_resource_name};

/// Makes `target` out of `source`: keys, indexes and throughput, or what the overrides say; not its tags, stream, time
/// to live, recovery or protection. Copies the rows that lie in the keyspace of `restore.copy`, at once if they are
/// few; otherwise the table is CREATING until a job has copied them. Errors: TableAlreadyExistsException, overrides
/// that do not fit.
Result<TableDescription> restore_table(OperationContext& context, const std::string& target,
                                       const model::TableDefinition& source, const RestoreOverrides& overrides,
                                       model::Restore restore);

}  // namespace millrace::api
