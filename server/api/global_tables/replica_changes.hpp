// Replicas of a 2019.11.21 global table come, change and go: the half of UpdateTable that needs the tables, and what
// DeleteTable and others must ask of a table that is one of several.
#pragma once

#include "server/api/global_tables/replica_request.hpp"
#include "server/api/operation.hpp"
#include "server/api/tables/table_description.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"

namespace millrace::api {

/// Does what the request asks, in the caller's transaction. The description is as AWS answers: what changes is not
/// shown yet. A new replica of a small table is filled at once, another one by jobs::ReplicationJob. Errors: whatever
/// the table, its group or the other region does not allow.
Result<TableDescription> update_replicas(OperationContext& context, const catalog::TablePointer& table,
                                         const ReplicaRequest& request);

/// Refuses what changes a table while a replica of its group is being filled. Errors: ResourceInUseException.
Result<void> check_group_settled(const OperationContext& context, const model::TableDefinition& table);

/// Takes the table out of its global table because it is deleted; nothing for a table of no group. Errors: it may not
/// go: its group is never apart, it made another replica within a day, it has changes that are still to be sent.
Result<void> leave_global_table(OperationContext& context, const model::TableDefinition& table);

/// Sends what the group has to send before a replica goes. Errors: ResourceInUseException: it is too much.
Result<void> settle_group(OperationContext& context, const model::TableDefinition& table);

/// Refuses to look for other regions where there is one world for all of them. Errors: ValidationException.
Result<void> check_regions_apart(const OperationContext& context);

}  // namespace millrace::api
