#include "server/streams/stream_catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "server/model/arn.hpp"

namespace millrace::streams {
namespace {

constexpr std::string_view kDocumentKind = "stream";

constexpr std::string_view kShardIdPrefix = "shardId-";
constexpr std::size_t kShardTimeDigits = 20;
constexpr int kShardSuffixDigits = 8;

std::string make_shard_id(std::int64_t epoch_milliseconds, Random& random) {
  return fmt::format("{}{:020}-{}", kShardIdPrefix, epoch_milliseconds, base::make_hex(random, kShardSuffixDigits));
}

/// The milliseconds that a shard id of ours tells.
std::int64_t time_of(std::string_view shard_id) {
  std::int64_t time = 0;
  const char* const digits = shard_id.data() + kShardIdPrefix.size();
  std::from_chars(digits, digits + kShardTimeDigits, time);
  return time;
}

void sort_by_id(std::vector<Shard>& shards) {
  std::sort(shards.begin(), shards.end(), [](const Shard& a, const Shard& b) { return a.shard_id < b.shard_id; });
}

}  // namespace

StorageResult<void> StreamCatalog::load() {
  std::vector<StreamDescriptor> found;
  StorageResult<void> parsed;
  const auto scanned = storage_.scan_documents(kDocumentKind, [&](std::string_view, std::string_view text) {
    auto stream = stream_from_document(text);
    if (stream.has_value()) {
      found.push_back(*std::move(stream));
    } else if (parsed.has_value()) {
      parsed = std::move(stream).error();
    }
  });
  if (scanned.has_error()) return scanned;
  if (parsed.has_error()) return parsed;

  StreamsByArn loaded;
  for (StreamDescriptor& stream : found) {
    const auto known = streams_.find(stream.arn);
    auto place = known == streams_.end() ? std::make_unique<StreamDescriptor>() : std::move(known->second);
    *place = std::move(stream);
    std::string arn = place->arn;
    loaded.emplace(std::move(arn), std::move(place));
  }
  streams_ = std::move(loaded);
  return {};
}

StorageResult<const StreamDescriptor*> StreamCatalog::create(const NewStream& request, TimePoint now) {
  if (request.shard_count == 0) throw std::logic_error{"a stream needs a shard"};
  StreamDescriptor stream;
  stream.created = now;
  for (;; stream.created += std::chrono::milliseconds{1}) {
    stream.label = model::stream_label(stream.created);
    stream.arn = request.arn_base.empty() ? model::stream_arn(request.table_arn, stream.label)
                                          : fmt::format("{}/{}", request.arn_base, stream.label);
    if (!streams_.contains(stream.arn)) break;
  }
  const auto arn_parts = model::parse_table_arn(request.table_arn);
  if (!arn_parts) throw std::logic_error{"not a table ARN: " + request.table_arn};
  stream.region = arn_parts->region;
  stream.table_name = request.table_name;
  stream.table_id = request.table_id;
  stream.view = request.view;
  stream.status = request.status;
  stream.key_schema = request.key_schema;

  constexpr std::uint64_t kHashes = std::uint64_t{1} << 32U;
  for (std::uint64_t number = 0; number < request.shard_count; ++number) {
    auto shard = open_shard(stream, base::to_epoch_milliseconds(now));
    if (shard.has_error()) return std::move(shard).error();
    shard->first_hash = static_cast<std::uint32_t>(number * kHashes / request.shard_count);
    shard->last_hash = static_cast<std::uint32_t>((number + 1) * kHashes / request.shard_count - 1);
    stream.shards.push_back(*std::move(shard));
  }
  sort_by_id(stream.shards);

  if (auto stored = store(stream); stored.has_error()) return std::move(stored).error();
  std::string arn = stream.arn;
  const auto added = streams_.emplace(std::move(arn), std::make_unique<StreamDescriptor>(std::move(stream)));
  return added.first->second.get();
}

StorageResult<void> StreamCatalog::set_status(const StreamDescriptor& stream, StreamStatus status) {
  StreamDescriptor changed = stream;
  changed.status = status;
  return replace(stream, std::move(changed));
}

StorageResult<void> StreamCatalog::disable(const StreamDescriptor& stream, StreamStatus status, TimePoint now) {
  if (stream.disabled_at) throw std::logic_error{"the stream is disabled already: " + stream.arn};
  StreamDescriptor changed = stream;
  changed.status = status;
  changed.disabled_at = now;
  for (Shard& shard : changed.shards) {
    if (!shard.is_open()) continue;
    if (auto closed = close_shard(shard, now); closed.has_error()) return closed;
  }
  return replace(stream, std::move(changed));
}

StorageResult<void> StreamCatalog::roll_over(const StreamDescriptor& stream, TimePoint now) {
  StreamDescriptor changed = stream;
  // Children sort behind their parents even when both are made within one millisecond.
  std::int64_t time = base::to_epoch_milliseconds(now);
  for (const Shard& shard : stream.shards) time = std::max(time, time_of(shard.shard_id) + 1);
  std::vector<Shard> children;
  for (Shard& parent : changed.shards) {
    if (!parent.is_open()) continue;
    if (auto closed = close_shard(parent, now); closed.has_error()) return closed;
    auto child = open_shard(changed, time);
    if (child.has_error()) return std::move(child).error();
    child->parent_shard_id = parent.shard_id;
    child->first_hash = parent.first_hash;
    child->last_hash = parent.last_hash;
    children.push_back(*std::move(child));
  }
  changed.shards.insert(changed.shards.end(), children.begin(), children.end());
  sort_by_id(changed.shards);
  return replace(stream, std::move(changed));
}

StorageResult<void> StreamCatalog::replace(const StreamDescriptor& stream, StreamDescriptor changed) {
  const auto at = streams_.find(stream.arn);
  if (at == streams_.end() || changed.arn != stream.arn) throw std::logic_error{"not a known stream: " + changed.arn};
  if (auto stored = store(changed); stored.has_error()) return stored;
  *at->second = std::move(changed);
  return {};
}

StorageResult<void> StreamCatalog::remove(const StreamDescriptor& stream) {
  const auto at = streams_.find(stream.arn);
  if (at == streams_.end()) throw std::logic_error{"not a known stream: " + stream.arn};
  for (const Shard& shard : stream.shards) {
    if (auto dropped = storage_.drop_log(shard.log); dropped.has_error()) return dropped;
  }
  if (auto erased = storage_.erase_document(kDocumentKind, stream.arn); erased.has_error()) return erased;
  streams_.erase(at);
  return {};
}

const StreamDescriptor* StreamCatalog::find(std::string_view arn) const {
  const auto at = streams_.find(arn);
  return at == streams_.end() ? nullptr : at->second.get();
}

StreamPage StreamCatalog::list(const model::Account& account, std::string_view table_name, std::string_view after_arn,
                               std::size_t limit) const {
  StreamPage page;
  // What all their ARNs begin with.
  std::string prefix = model::table_arn(account, table_name);
  if (!table_name.empty()) prefix.append("/");
  auto at = after_arn < prefix ? streams_.lower_bound(prefix) : streams_.upper_bound(after_arn);
  for (; at != streams_.end() && at->first.starts_with(prefix); ++at) {
    page.more = page.streams.size() == limit;
    if (page.more) break;
    page.streams.push_back(at->second.get());
  }
  return page;
}

const StreamDescriptor* StreamCatalog::next(std::string_view after_arn) const {
  const auto at = streams_.upper_bound(after_arn);
  return at == streams_.end() ? nullptr : at->second.get();
}

StorageResult<void> StreamCatalog::store(const StreamDescriptor& stream) {
  return storage_.write_document(kDocumentKind, stream.arn, to_document(stream));
}

StorageResult<Shard> StreamCatalog::open_shard(const StreamDescriptor& stream, std::int64_t epoch_milliseconds) {
  Shard shard;
  do {
    shard.shard_id = make_shard_id(epoch_milliseconds, random_);
  } while (stream.find_shard(shard.shard_id) != nullptr);
  const auto log = storage_.create_log();
  if (log.has_error()) return log.error();
  const auto sequence = storage_.next_sequence();
  if (sequence.has_error()) return sequence.error();
  shard.log = *log;
  shard.starting_sequence = *sequence;
  return shard;
}

StorageResult<void> StreamCatalog::close_shard(Shard& shard, TimePoint now) {
  const auto sequence = storage_.next_sequence();
  if (sequence.has_error()) return sequence.error();
  shard.ending_sequence = *sequence;
  shard.closed = now;
  return {};
}

}  // namespace millrace::streams
