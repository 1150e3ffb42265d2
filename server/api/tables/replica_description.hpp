// What DescribeTable and its like tell of the replicas of a table (API reference, 3.21; measured in October 2026).
#pragma once

#include <vector>

#include "server/catalog/table_catalog.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::api {

/// Writes GlobalTableVersion, Replicas, GlobalTableSettingsReplicationMode, MultiRegionConsistency,
/// GlobalTableWitnesses and DisassociationProtectionEnabled, as far as they are told. Of the other replicas, only what
/// differs from this table is: nobody stores overrides.
void write_replication(json::ObjectWriter& writer, const model::TableDefinition& table,
                       const std::vector<catalog::TablePointer>& replicas);

}  // namespace millrace::api
