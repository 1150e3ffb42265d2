// The replicas of a global table: who they are, and how one comes and goes. What each knows of the others stands in its
// definition; all of them are changed in one transaction.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/replication/replication.hpp"

namespace millrace::replication {

/// The region of a table, which its ARN says.
std::string region_of(const model::TableDefinition& table);

/// The other replicas there are, in the order in which `table` knows them; none of a table that is no replica.
std::vector<catalog::TablePointer> others_of(const catalog::TableCatalog& tables, const model::TableDefinition& table);

/// Whether one of the group is still being filled.
bool is_any_being_filled(const catalog::TableCatalog& tables, const model::TableDefinition& table);

/// Makes what a replica that is not strong needs to send its changes: a log, and the keyspace of what is not sent.
StorageResult<void> prepare_sending(const Parts& parts, model::TableDefinition& table);

/// Stores `table`, which knows nobody yet, as another replica of the group of `source`, and lets all know each other. A
/// source that is no replica becomes the first one, of `table.replication`'s kind. `table` is whole but for that.
/// `made_here`: when the source made it, if it did.
StorageResult<void> join(const Parts& parts, const model::TableDefinition& source, model::TableDefinition table,
                         std::optional<TimePoint> made_here);

/// Takes the replication out of the definition, with what it had in storage; does not store the definition. What had
/// not been sent is lost: settle() comes first.
StorageResult<void> end_sending(const Parts& parts, model::TableDefinition& table);

/// Lets all others forget the replica in the region of `table`. The last one of a 2019 group is a table like any other
/// then.
StorageResult<void> leave(const Parts& parts, const model::TableDefinition& table);

}  // namespace millrace::replication
