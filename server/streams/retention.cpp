#include "server/streams/retention.hpp"

#include <utility>

namespace millrace::streams {
namespace {

// What a step trims at most. Payloads are read with their blocks, so records are counted and not bytes.
constexpr std::size_t kRecordsPerStep = 256;

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

/// Says whether it came to the end of what has expired.
StorageResult<bool> trim_stream(storage::Storage& storage, StreamCatalog& catalog, const StreamDescriptor& stream,
                                TimePoint horizon) {
  StreamDescriptor changed = stream;
  std::size_t budget = kRecordsPerStep;
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
      if (other.parent_shard_id == shard->shard_id) other.parent_shard_id.reset();
    }
    shard = changed.shards.erase(shard);
  }
  if (!(changed == stream)) {
    if (auto replaced = catalog.replace(stream, std::move(changed)); replaced.has_error()) return replaced.error();
  }
  return budget > 0;
}

}  // namespace

void RetentionSweep::begin(TimePoint now) {
  horizon_ = now - kRetention;
  if (!pending_) after_arn_.clear();
  pending_ = true;
}

StorageResult<void> RetentionSweep::step() {
  const StreamDescriptor* const next = catalog_.next(after_arn_);
  if (next == nullptr) {
    pending_ = false;
    return {};
  }
  const StreamDescriptor& stream = *next;
  std::string arn = stream.arn;
  if (stream.disabled_at && *stream.disabled_at <= horizon_) {
    after_arn_ = std::move(arn);
    return catalog_.remove(stream);
  }
  const auto done = trim_stream(storage_, catalog_, stream, horizon_);
  if (done.has_error() || *done) after_arn_ = std::move(arn);
  if (done.has_error()) return done.error();
  return {};
}

StorageResult<void> trim_expired(storage::Storage& storage, StreamCatalog& catalog, TimePoint now) {
  RetentionSweep sweep{storage, catalog};
  sweep.begin(now);
  while (sweep.is_pending()) {
    if (auto done = sweep.step(); done.has_error()) return done;
  }
  return {};
}

}  // namespace millrace::streams
