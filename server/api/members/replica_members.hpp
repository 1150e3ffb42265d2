// The structures in which requests speak of replicas, and their tables (API reference, 3.21). What they mean together
// is checked in global_tables/replica_request.hpp.
//
// The texts are views into the request's body, which outlives the request.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "server/api/members/table_members.hpp"

namespace millrace::api {

struct ReadUnitsInput {
  std::optional<std::int64_t> units;
};
struct ReplicaIndexInput {
  OptionalText name;
  std::optional<ReadUnitsInput> throughput;
  std::optional<ReadUnitsInput> on_demand;
};
/// Of a replica that is made or changed; of one that goes its region alone.
struct ReplicaInput {
  OptionalText region;
  OptionalText kms_key;
  std::optional<ReadUnitsInput> throughput;
  std::optional<ReadUnitsInput> on_demand;
  std::optional<std::vector<ReplicaIndexInput>> indexes;
  OptionalText table_class;
  OptionalText disassociation_mode;
};
/// An element of ReplicaUpdates as its JSON says it; any of the four may be absent.
struct ReplicaUpdateInput {
  std::optional<ReplicaInput> create;
  std::optional<ReplicaInput> update;
  std::optional<ReplicaInput> erase;
  std::optional<ReplicaInput> disassociate;
};

namespace of_tables {

inline constexpr std::array<std::string_view, 1> kDisassociationModes{"WAIT_FOR_REPLICATION"};
inline constexpr Member kRegionName{.name = "RegionName", .presence = kRequired};

inline constexpr MemberTable kReadUnitsOverride{
    "ProvisionedThroughputOverride",
    long_row(&ReadUnitsInput::units, {.name = "ReadCapacityUnits", .bounds = {1, INT64_MAX}})};
inline constexpr MemberTable kOnDemandOverride{"OnDemandThroughputOverride",
                                               long_row(&ReadUnitsInput::units, {.name = "MaxReadRequestUnits"})};
inline constexpr MemberTable kReplicaIndex{
    "ReplicaGlobalSecondaryIndex",
    row(&ReplicaIndexInput::name, kIndexName),
    row_of<kReadUnitsOverride>(&ReplicaIndexInput::throughput, {.name = "ProvisionedThroughputOverride"}),
    row_of<kOnDemandOverride>(&ReplicaIndexInput::on_demand, {.name = "OnDemandThroughputOverride"}),
};
constexpr auto replica_action(std::string_view structure) {
  return MemberTable{
      structure,
      row(&ReplicaInput::region, kRegionName),
      row(&ReplicaInput::kms_key, {.name = "KMSMasterKeyId"}),
      row_of<kReadUnitsOverride>(&ReplicaInput::throughput, {.name = "ProvisionedThroughputOverride"}),
      row_of<kOnDemandOverride>(&ReplicaInput::on_demand, {.name = "OnDemandThroughputOverride"}),
      rows_of<kReplicaIndex>(&ReplicaInput::indexes, {.name = "GlobalSecondaryIndexes", .bounds = {1, INT64_MAX}}),
      row(&ReplicaInput::table_class, {.name = "TableClassOverride", .values = kTableClasses}),
  };
}
inline constexpr auto kCreateReplica = replica_action("CreateReplicationGroupMemberAction");
inline constexpr auto kUpdateReplica = replica_action("UpdateReplicationGroupMemberAction");
inline constexpr MemberTable kDeleteReplica{"DeleteReplicationGroupMemberAction",
                                            row(&ReplicaInput::region, kRegionName)};
inline constexpr MemberTable kDisassociateReplica{
    "DisassociateReplicationGroupMemberAction",
    row(&ReplicaInput::region, kRegionName),
    row(&ReplicaInput::disassociation_mode,
        {.name = "DisassociationMode", .presence = kRequired, .values = kDisassociationModes}),
};
inline constexpr MemberTable kReplicationGroupUpdate{
    "ReplicationGroupUpdate",
    row_of<kCreateReplica>(&ReplicaUpdateInput::create, {.name = "Create"}),
    row_of<kUpdateReplica>(&ReplicaUpdateInput::update, {.name = "Update"}),
    row_of<kDeleteReplica>(&ReplicaUpdateInput::erase, {.name = "Delete"}),
    row_of<kDisassociateReplica>(&ReplicaUpdateInput::disassociate, {.name = "Disassociate"}),
};

/// What asks for a region and no more: a replica of an older global table, a witness.
constexpr auto region_alone(std::string_view structure) {
  return MemberTable{structure, row(&ReplicaInput::region, kRegionName)};
}
inline constexpr auto kCreateWitness = region_alone("CreateGlobalTableWitnessGroupMemberAction");
inline constexpr auto kDeleteWitness = region_alone("DeleteGlobalTableWitnessGroupMemberAction");
inline constexpr MemberTable kWitnessUpdate{
    "GlobalTableWitnessGroupUpdate",
    row_of<kCreateWitness>(&ReplicaUpdateInput::create, {.name = "Create"}),
    row_of<kDeleteWitness>(&ReplicaUpdateInput::erase, {.name = "Delete"}),
};
inline constexpr auto kCreateOldReplica = region_alone("CreateReplicaAction");
inline constexpr auto kDeleteOldReplica = region_alone("DeleteReplicaAction");
inline constexpr MemberTable kOldReplicaUpdate{
    "ReplicaUpdate",
    row_of<kCreateOldReplica>(&ReplicaUpdateInput::create, {.name = "Create"}),
    row_of<kDeleteOldReplica>(&ReplicaUpdateInput::erase, {.name = "Delete"}),
};

inline constexpr std::array<std::string_view, 2> kConsistencies{"EVENTUAL", "STRONG"};
inline constexpr std::array<std::string_view, 3> kSettingsReplicationModes{"ENABLED", "DISABLED",
                                                                           "ENABLED_WITH_OVERRIDES"};

}  // namespace of_tables

}  // namespace millrace::api
