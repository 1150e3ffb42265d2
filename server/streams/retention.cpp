#include "server/streams/retention.hpp"

#include <utility>

#include "server/streams/replication_log.hpp"

namespace millrace::streams {
namespace {

/// The newest of the records at the head of `log` that were created before `horizon`, or 0; looks at no more than
/// `budget` of them, and takes them off it.
StorageResult<Sequence> last_expired_record(storage::Storage& storage, LogId log, TimePoint horizon,
                                            std::size_t& budget) {
  Sequence last = 0;
  const auto read = storage.read_records(log, 0, [&](const storage::RecordView& record) {
    if (record.created >= horizon || budget == 0) return storage::Visit::kStop;
    --budget;
    last = record.sequence;
    return storage::Visit::kContinue;
  });
  // What is readable before a damaged block goes; the damage is reported when the sweep comes to it.
  if (read.has_error() && last == 0) return read.error();
  return last;
}

/// True for a closed shard that nobody can read anything from any more.
StorageResult<bool> is_spent(storage::Storage& storage, const Shard& shard, TimePoint horizon) {
  if (!shard.closed || *shard.closed > horizon) return false;
  const auto latest = storage.latest_record(shard.log);
  if (latest.has_error()) return latest.error();
  return !latest->has_value();
}

/// Says whether it came to the end of what has expired. Payloads are read with their blocks, so records are counted and
/// not bytes.
StorageResult<bool> trim_stream(storage::Storage& storage, StreamCatalog& catalog, const StreamDescriptor& stream,
                                TimePoint horizon, std::size_t budget) {
  StreamDescriptor changed = stream;
  for (Shard& shard : changed.shards) {
    const auto last = last_expired_record(storage, shard.log, horizon, budget);
    if (last.has_error()) return last.error();
    if (*last == 0) continue;
    if (auto cut = storage.trim_log(shard.log, *last); cut.has_error()) return cut.error();
    shard.trimmed_through = *last;
  }
  for (auto shard = changed.shards.begin(); shard != changed.shards.end();) {
    const auto spent = is_spent(storage, *shard, horizon);
    if (spent.has_error()) return spent.error();
    if (!*spent) {
      ++shard;
      continue;
    }
    if (auto dropped = storage.drop_log(shard->log); dropped.has_error()) return dropped.error();
    for (Shard& other : changed.shards) {
      std::erase(other.parent_shard_ids, shard->shard_id);
    }
    shard = changed.shards.erase(shard);
  }
  if (!(changed == stream)) {
    if (auto replaced = catalog.replace(stream, std::move(changed)); replaced.has_error()) return replaced.error();
  }
  return budget > 0;
}

}  // namespace

StorageResult<bool> trim_next_stream(storage::Storage& storage, StreamCatalog& catalog, std::string& after_arn,
                                     TimePoint horizon, const storage::Budget& budget) {
  const StreamDescriptor* const next = catalog.next(after_arn);
  if (next == nullptr) return false;
  const StreamDescriptor& stream = *next;
  std::string arn = stream.arn;
  if (is_replication_log(stream)) {
    after_arn = std::move(arn);
    return true;
  }
  if (stream.disabled_at && *stream.disabled_at <= horizon) {
    after_arn = std::move(arn);
    if (const auto removed = catalog.remove(stream); removed.has_error()) return removed.error();
    return true;
  }
  const auto done = trim_stream(storage, catalog, stream, horizon, budget.rows);
  if (done.has_error() || *done) after_arn = std::move(arn);
  if (done.has_error()) return done.error();
  return true;
}

StorageResult<void> trim_expired(storage::Storage& storage, StreamCatalog& catalog, TimePoint now) {
  std::string after_arn;
  for (;;) {
    const auto trimmed = trim_next_stream(storage, catalog, after_arn, now - kRetention, {});
    if (trimmed.has_error()) return trimmed.error();
    if (!*trimmed) return {};
  }
}

}  // namespace millrace::streams
