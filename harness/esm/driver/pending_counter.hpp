// How many records wait in a shard, for reports. Reads nothing of what they hold, and enters the gate for a page at a
// time; what many mappings ask alike is counted once.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "harness/esm/source/stream_source.hpp"
#include "server/storage/group_commit.hpp"

namespace millrace::esm {

/// For one report. Used by one thread.
class PendingCounter {
 public:
  /// Both outlive the counter.
  PendingCounter(storage::GroupCommit& gate, StreamSource& streams) : gate_{gate}, streams_{streams} {}

  /// The records behind `position`; counting stops at kMaxPendingCounted. Not within a gate entry. What cannot be read
  /// is not counted.
  std::uint64_t count(const std::string& stream_arn, const std::string& shard_id, Sequence position);

 private:
  storage::GroupCommit& gate_;
  StreamSource& streams_;
  std::map<std::tuple<std::string, std::string, Sequence>, std::uint64_t> counted_;
};

}  // namespace millrace::esm
