// The definition of a replica: made of the table's from which it is made, with what is set for its region alone; and
// what a change of one replica means for the others. What AWS keeps the same in all regions (measured in October 2026):
// indexes, billing mode and units, on-demand ceilings, warm throughput, encryption, table class, time to live. Units to
// read, ceilings of reading and the class may differ until they are set anew; tags, policies, recovery, insights,
// protection and destinations are each region's own.
#pragma once

#include <string>

#include "server/api/global_tables/replica_request.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// Refuses overrides that the billing mode of the source forbids. Errors: ValidationException.
Result<void> check_overrides(const model::TableDefinition& source, const ReplicaUpdate& wanted);

/// A replica of `source`, whole but for who the others are, with keyspaces and stream of its own; it is to be filled
/// unless `replication` is strong. The overrides have been checked.
Result<model::TableDefinition> make_replica(OperationContext& context, const model::TableDefinition& source,
                                            const ReplicaUpdate& wanted, const model::Replication& replication);

/// Sets what an Update asks of a replica. A unit that is what the other regions have is no override any more. An index
/// that there is not is overlooked, as by AWS. Errors: ValidationException.
Result<void> override_settings(model::TableDefinition& replica, const ReplicaUpdate& wanted);

/// Gives `replica` the settings that are the same in all regions: `before` and `after` are the table that was changed.
/// What was overridden in the replica stays so. Indexes are the caller's to add and remove.
void follow_settings(model::TableDefinition& replica, const model::TableDefinition& before,
                     const model::TableDefinition& after);

}  // namespace millrace::api
