#include "server/streams/stream_catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "server/model/arn.hpp"

namespace millrace::streams {
namespace {

constexpr std::string_view kDocumentKind = "stream";

/// When the stream's longest open shard was opened; empty when none is open, or it is no table's.
std::optional<TimePoint> longest_open_of(const StreamDescriptor& stream) {
  if (!stream.is_of_table()) return std::nullopt;
  const auto oldest = std::ranges::find_if(stream.shards, &Shard::is_open);  // they are in the order of their opening
  if (oldest == stream.shards.end()) return std::nullopt;
  return oldest->opened;
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
  by_age_.clear();
  ages_.clear();
  for (const auto& [arn, stream] : streams_) note_age(*stream, longest_open_of(*stream));
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
    auto shard = open_shard(stream.shards, base::to_epoch_milliseconds(now), now);
    if (shard.has_error()) return std::move(shard).error();
    shard->first_hash = static_cast<std::uint32_t>(number * kHashes / request.shard_count);
    shard->last_hash = static_cast<std::uint32_t>((number + 1) * kHashes / request.shard_count - 1);
    stream.shards.push_back(*std::move(shard));
  }
  std::ranges::sort(stream.shards, {}, &Shard::shard_id);

  if (auto stored = store(stream); stored.has_error()) return std::move(stored).error();
  std::string arn = stream.arn;
  const auto added = streams_.emplace(std::move(arn), std::make_unique<StreamDescriptor>(std::move(stream)));
  const StreamDescriptor& created = *added.first->second;
  note_age(created, longest_open_of(created));
  return &created;
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

StorageResult<void> StreamCatalog::succeed(const StreamDescriptor& stream, const std::vector<Succession>& successions,
                                           TimePoint now) {
  StreamDescriptor changed = stream;
  // Children sort behind their parents even when both are made within one millisecond.
  std::int64_t time = base::to_epoch_milliseconds(now);
  if (!stream.shards.empty()) time = std::max(time, milliseconds_of_shard_id(stream.shards.back().shard_id) + 1);
  std::vector<Shard> children;
  for (const Succession& succession : successions) {
    if (auto done = succeed(changed, succession, now, time, children); done.has_error()) return done;
  }
  std::ranges::sort(children, {}, &Shard::shard_id);
  changed.shards.insert(changed.shards.end(), std::move_iterator{children.begin()}, std::move_iterator{children.end()});
  return replace(stream, std::move(changed));
}

StorageResult<void> StreamCatalog::succeed(StreamDescriptor& changed, const Succession& succession, TimePoint now,
                                           std::int64_t epoch_milliseconds, std::vector<Shard>& children) {
  for (const std::string& parent_id : succession.parents) {
    const auto parent = std::ranges::lower_bound(changed.shards, parent_id, {}, &Shard::shard_id);
    if (parent == changed.shards.end() || parent->shard_id != parent_id || !parent->is_open()) {
      throw std::logic_error{"not an open shard of " + changed.arn + ": " + parent_id};
    }
    if (auto closed = close_shard(*parent, now); closed.has_error()) return closed;
  }
  for (const HashRange& range : succession.children) {
    auto child = open_shard(children, epoch_milliseconds, now);
    if (child.has_error()) return std::move(child).error();
    child->parent_shard_ids.assign(succession.parents.rbegin(),
                                   succession.parents.rend());  // the last one closed first
    child->first_hash = range.first;
    child->last_hash = range.last;
    children.push_back(*std::move(child));
  }
  return {};
}

StreamCatalog::LongestOpen StreamCatalog::longest_open() const {
  if (by_age_.empty()) return {};
  const auto& [since, stream] = *by_age_.begin();
  return {stream, since};
}

void StreamCatalog::pass_over(const StreamDescriptor& stream, TimePoint since) { note_age(stream, since); }

void StreamCatalog::note_age(const StreamDescriptor& stream, std::optional<TimePoint> since) {
  if (const auto known = ages_.find(&stream); known != ages_.end()) {
    by_age_.erase({known->second, &stream});
    ages_.erase(known);
  }
  if (!since) return;
  by_age_.emplace(*since, &stream);
  ages_.emplace(&stream, *since);
}

StorageResult<void> StreamCatalog::replace(const StreamDescriptor& stream, StreamDescriptor changed) {
  const auto at = streams_.find(stream.arn);
  if (at == streams_.end() || changed.arn != stream.arn) throw std::logic_error{"not a known stream: " + changed.arn};
  if (auto stored = store(changed); stored.has_error()) return stored;
  *at->second = std::move(changed);
  note_age(*at->second, longest_open_of(*at->second));
  return {};
}

StorageResult<void> StreamCatalog::remove(const StreamDescriptor& stream) {
  const auto at = streams_.find(stream.arn);
  if (at == streams_.end()) throw std::logic_error{"not a known stream: " + stream.arn};
  for (const Shard& shard : stream.shards) {
    if (auto dropped = storage_.drop_log(shard.log); dropped.has_error()) return dropped;
  }
  if (auto erased = storage_.erase_document(kDocumentKind, stream.arn); erased.has_error()) return erased;
  note_age(*at->second, std::nullopt);
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

StorageResult<Shard> StreamCatalog::open_shard(const std::vector<Shard>& siblings, std::int64_t epoch_milliseconds,
                                               TimePoint now) {
  Shard shard;
  do {
    shard.shard_id = make_shard_id(epoch_milliseconds, random_);
  } while (std::ranges::find(siblings, shard.shard_id, &Shard::shard_id) != siblings.end());
  const auto log = storage_.create_log();
  if (log.has_error()) return log.error();
  const auto sequence = storage_.next_sequence();
  if (sequence.has_error()) return sequence.error();
  shard.log = *log;
  shard.starting_sequence = *sequence;
  shard.opened = now;
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
