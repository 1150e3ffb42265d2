// What UpdateTable means for a table that is a replica: settings of its own, and changes that the other regions follow.
#pragma once

#include "server/api/operation.hpp"
#include "server/api/tables/table_changes.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// ValidationException: a table with a vector index cannot become a replica, nor a replica get one.
ApiError no_vectors_of_replicas();

/// Plans what is set of the replica that is asked, and of no other. Errors: ValidationException.
Result<void> plan_replica_settings(model::TableDefinition& table, const UpdateTableRequest& request);

/// Makes the same changes in the other regions of a 2019 global table: its replicas have the same indexes and settings.
/// `before` is the table as it was, which is a replica.
Result<void> change_replicas(OperationContext& context, const model::TableDefinition& before,
                             const TableChanges& changes, const UpdateTableRequest& request);

}  // namespace millrace::api
