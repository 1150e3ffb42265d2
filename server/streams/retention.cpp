#include "server/streams/retention.hpp"

#include <algorithm>
#include <limits>

namespace millrace::streams {
namespace {

/// The newest of the records at the head of `log` that were created before `horizon`, or 0.
StorageResult<Sequence> last_expired_record(storage::Storage& storage, LogId log, TimePoint horizon) {
  Sequence last = 0;
  const auto read = storage.read_records(log, 0, [&](const storage::RecordView& record) {
    if (record.created >= horizon) return storage::Visit::kStop;
    last = record.sequence;
    return storage::Visit::kContinue;
  });
  if (read.has_error()) return read.error();
  return last;
}

/// True for a closed shard that nobody can read anything from any more.
StorageResult<bool> is_spent(storage::Storage& storage, const Shard& shard, TimePoint horizon) {
  if (!shard.closed || *shard.closed > horizon) return false;
  const auto latest = storage.latest_record(shard.log);
  if (latest.has_error()) return latest.error();
  return !latest->has_value();
}

StorageResult<void> trim_stream(storage::Storage& storage, StreamCatalog& catalog, const StreamDescriptor& stream,
                                TimePoint horizon) {
  StreamDescriptor changed = stream;
  for (Shard& shard : changed.shards) {
    const auto last = last_expired_record(storage, shard.log, horizon);
    if (last.has_error()) return last.error();
    if (*last == 0) continue;
    if (auto cut = storage.trim_log(shard.log, *last); cut.has_error()) return cut;
    shard.trimmed_through = *last;
  }
  for (auto shard = changed.shards.begin(); shard != changed.shards.end();) {
    const auto spent = is_spent(storage, *shard, horizon);
    if (spent.has_error()) return spent.error();
    if (!*spent) {
      ++shard;
      continue;
    }
    if (auto dropped = storage.drop_log(shard->log); dropped.has_error()) return dropped;
    for (Shard& other : changed.shards) {
      if (other.parent_shard_id == shard->shard_id) other.parent_shard_id.reset();
    }
    shard = changed.shards.erase(shard);
  }
  if (changed == stream) return {};
  return catalog.replace(stream, std::move(changed));
}

}  // namespace

StorageResult<void> trim_expired(storage::Storage& storage, StreamCatalog& catalog, TimePoint now) {
  const TimePoint horizon = now - kRetention;
  for (const StreamDescriptor* const stream : catalog.list({}, {}, std::numeric_limits<std::size_t>::max()).streams) {
    const bool gone = stream->disabled_at && *stream->disabled_at <= horizon;
    auto done = gone ? catalog.remove(*stream) : trim_stream(storage, catalog, *stream, horizon);
    if (done.has_error()) return done;
  }
  return {};
}

}  // namespace millrace::streams
