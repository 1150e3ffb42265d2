// What UpdateTable is asked of replicas (API reference, 3.21; texts measured in October 2026): checked as far as no
// table is needed for it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "server/api/members/replica_members.hpp"
#include "server/base/result.hpp"

namespace millrace::api {

struct ReplicaUpdate {
  enum class Action : std::uint8_t { kCreate, kUpdate, kDelete, kDisassociate };
  struct Index {
    std::string name;
    std::optional<std::int64_t> read_units;
    std::optional<std::int64_t> most_read_units;  ///< on demand
  };

  Action action{Action::kCreate};
  std::string region;
  std::optional<std::string> kms_key;
  std::optional<std::int64_t> read_units;
  std::optional<std::int64_t> most_read_units;  ///< on demand
  std::optional<std::string> table_class;
  std::vector<Index> indexes;
};

struct WitnessUpdate {
  bool is_created{false};  ///< or deleted
  std::string region;
};

struct ReplicaRequest {
  std::vector<ReplicaUpdate> updates;  ///< one or more, of one action, each region once
  std::optional<WitnessUpdate> witness;
  std::optional<bool> is_strong;  ///< what MultiRegionConsistency says, if anything
};

/// The members of UpdateTable that are about replicas.
struct ReplicaMembers {
  std::optional<std::vector<ReplicaUpdateInput>> updates;
  std::optional<std::vector<ReplicaUpdateInput>> witnesses;
  OptionalText consistency;
};

/// Empty when nothing is asked of replicas: a consistency or a witness alone count as nothing, as on AWS.
/// `asks_for_more`: whether the request has other members. Errors: ValidationException.
Result<std::optional<ReplicaRequest>> resolve_replica_request(const ReplicaMembers& members, bool asks_for_more);

}  // namespace millrace::api
