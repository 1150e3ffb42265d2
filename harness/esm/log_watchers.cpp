#include "harness/esm/log_watchers.hpp"

namespace millrace::esm {
namespace {

/// Forgetting them only costs a look at the shards.
constexpr std::size_t kMaxUnwatched = 10'000;

}  // namespace

void LogWatchers::watch(LogId log, std::weak_ptr<LiveMapping> mapping) {
  watchers_[log].push_back(std::move(mapping));
  unwatched_.erase(log);
}

void LogWatchers::unwatch(LogId log, const LiveMapping& mapping) {
  const auto watched = watchers_.find(log);
  if (watched == watchers_.end()) return;
  std::erase_if(watched->second, [&](const auto& watcher) { return watcher.lock().get() == &mapping; });
  if (watched->second.empty()) watchers_.erase(watched);
}

LogWatchers::Affected LogWatchers::affected_by(const std::vector<LogId>& logs) {
  Affected affected;
  for (const LogId log : logs) {
    const auto watched = watchers_.find(log);
    if (watched != watchers_.end()) {
      for (const auto& watcher : watched->second) {
        if (auto mapping = watcher.lock()) affected.mappings.emplace_back(std::move(mapping), log);
      }
    } else if (!unwatched_.contains(log)) {
      if (unwatched_.size() >= kMaxUnwatched) unwatched_.clear();
      unwatched_.insert(log);
      affected.unknown_log = true;
    }
  }
  return affected;
}

}  // namespace millrace::esm
