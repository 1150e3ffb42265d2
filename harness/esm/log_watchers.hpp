// Which mappings are to be woken when records are committed to a log.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <utility>
#include <vector>

#include "server/storage/storage.hpp"

namespace millrace::esm {

using storage::LogId;

class LiveMapping;

/// Of the I/O thread.
class LogWatchers {
 public:
  void watch(LogId log, std::weak_ptr<LiveMapping> mapping);
  void unwatch(LogId log, const LiveMapping& mapping);

  struct Affected {
    std::vector<std::pair<std::shared_ptr<LiveMapping>, LogId>> mappings;
    /// A log that nobody watches was seen for the first time: perhaps a new shard of a stream that is being read, its
    /// parent closed without a word. Every mapping should look at its shards once.
    bool unknown_log{false};
  };
  /// Who is concerned by a commit that touched `logs`.
  Affected affected_by(const std::vector<LogId>& logs);

 private:
  std::map<LogId, std::vector<std::weak_ptr<LiveMapping>>> watchers_;
  std::set<LogId> unwatched_;  // logs of streams that no mapping reads
};

}  // namespace millrace::esm
