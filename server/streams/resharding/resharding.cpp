#include "server/streams/resharding/resharding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "server/base/api_error.hpp"

namespace millrace::streams {
namespace {

Result<const Shard*> require_open(const StreamDescriptor& stream, std::string_view shard_id) {
  const Shard* const shard = stream.find_shard(shard_id);
  if (shard == nullptr) return base::validation_error(fmt::format("The stream has no shard {}.", shard_id));
  if (!shard->is_open()) return base::validation_error(fmt::format("The shard {} is closed.", shard_id));
  return shard;
}

/// The open shards of an enabled stream, by hash range.
Result<std::vector<const Shard*>> open_shards(const StreamDescriptor& stream) {
  std::vector<const Shard*> open;
  for (const Shard& shard : stream.shards) {
    if (shard.is_open()) open.push_back(&shard);
  }
  if (open.empty()) return base::validation_error("The stream is disabled: all its shards are closed.");
  std::ranges::sort(open, {}, &Shard::first_hash);
  return open;
}

/// Of `open`, the shard above `shard`, or else the one below; null when it is alone.
const Shard* neighbour_of(const std::vector<const Shard*>& open, const Shard& shard) {
  const auto at = std::ranges::find(open, &shard);
  if (std::next(at) != open.end()) return *std::next(at);
  return at == open.begin() ? nullptr : *std::prev(at);
}

Result<std::vector<Succession>> if_there_is_room(const StreamDescriptor& stream, std::vector<Succession> successions) {
  std::size_t children = 0;
  for (const Succession& succession : successions) children += succession.children.size();
  if (stream.shards.size() + children <= kMaxShards) return successions;
  return base::validation_error(fmt::format(
      "The stream has {} shards, and no stream has more than {}: closed ones leave it 24 hours after they were closed.",
      stream.shards.size(), kMaxShards));
}

Succession merge_of(const Shard& lower, const Shard& upper) {
  return {{lower.shard_id, upper.shard_id}, {{lower.first_hash, upper.last_hash}}};
}

/// Had a record since it was opened, whether it is still there or not.
StorageResult<bool> had_records(storage::Storage& storage, const Shard& shard) {
  if (shard.trimmed_through > 0) return true;
  const auto latest = storage.latest_record(shard.log);
  if (latest.has_error()) return latest.error();
  return latest->has_value();
}

/// The last time at or before `now` at which the shard was once, twice, … `age` old.
TimePoint last_due(const Shard& shard, Duration age, TimePoint now) {
  const TimePoint opened = shard.opened;
  return now < opened ? opened : opened + age * ((now - opened) / age);
}

}  // namespace

Result<std::vector<Succession>> plan_rollover(const StreamDescriptor& stream,
                                              std::optional<std::string_view> shard_id) {
  std::vector<const Shard*> rolled;
  if (shard_id) {
    TRY_ASSIGN(const Shard* const shard, require_open(stream, *shard_id));
    rolled.push_back(shard);
  } else {
    TRY_ASSIGN(rolled, open_shards(stream));
  }
  std::vector<Succession> successions;
  successions.reserve(rolled.size());
  for (const Shard* const shard : rolled) successions.push_back({{shard->shard_id}, {shard->hash_range()}});
  return if_there_is_room(stream, std::move(successions));
}

Result<std::vector<Succession>> plan_split(const StreamDescriptor& stream, std::optional<std::string_view> shard_id) {
  TRY_ASSIGN(const auto open, open_shards(stream));
  const Shard* shard = open.front();
  if (shard_id) {
    TRY_ASSIGN(shard, require_open(stream, *shard_id));
  } else if (open.size() > 1) {
    return base::validation_error(
        fmt::format("The stream has {} open shards: shardId says which one is split.", open.size()));
  }
  if (shard->first_hash == shard->last_hash) {
    return base::validation_error(
        fmt::format("The shard {} has a hash range of one value and cannot be split.", shard->shard_id));
  }
  if (open.size() >= kMaxOpenShards) {
    return base::validation_error(
        fmt::format("The stream has {} open shards, and no stream has more: merge some first.", open.size()));
  }
  const std::uint32_t middle = shard->first_hash + (shard->last_hash - shard->first_hash) / 2;
  return if_there_is_room(stream, {{{shard->shard_id}, {{shard->first_hash, middle}, {middle + 1, shard->last_hash}}}});
}

Result<std::vector<Succession>> plan_merge(const StreamDescriptor& stream, std::optional<std::string_view> shard_id,
                                           std::optional<std::string_view> other) {
  TRY_ASSIGN(const auto open, open_shards(stream));
  if (open.size() == 1) return base::validation_error("The stream has one open shard, and nothing to merge it with.");
  const Shard* one = open.front();
  if (shard_id) {
    TRY_ASSIGN(one, require_open(stream, *shard_id));
  } else if (other || open.size() > 2) {
    return base::validation_error(
        fmt::format("The stream has {} open shards: shardId says which one is merged.", open.size()));
  }
  const Shard* two = neighbour_of(open, *one);
  if (other) {
    TRY_ASSIGN(two, require_open(stream, *other));
  }
  if (two->first_hash < one->first_hash) std::swap(one, two);
  if (one == two || one->last_hash + 1 != two->first_hash) {
    return base::validation_error(
        fmt::format("The hash ranges of the shards {} and {} do not touch: only neighbours can be merged.",
                    one->shard_id, two->shard_id));
  }
  return if_there_is_room(stream, {merge_of(*one, *two)});
}

StorageResult<void> reshard(storage::GroupCommit& gate, StreamCatalog& catalog, const StreamDescriptor& stream,
                            const std::vector<Succession>& successions, TimePoint now) {
  if (auto done = catalog.succeed(stream, successions, now); done.has_error()) return done;
  for (const Succession& succession : successions) {
    for (const std::string& parent : succession.parents) gate.touch(stream.find_shard(parent)->log);
  }
  return {};
}

bool has_shards_to_roll_over(const StreamCatalog& catalog, Duration age, TimePoint now) {
  const auto longest = catalog.longest_open();
  return longest.stream != nullptr && longest.since + age <= now;
}

StorageResult<std::size_t> roll_over_next_stream(storage::GroupCommit& gate, StreamCatalog& catalog, Duration age,
                                                 TimePoint now, std::size_t most) {
  if (!has_shards_to_roll_over(catalog, age, now)) return std::size_t{0};
  const StreamDescriptor& stream = *catalog.longest_open().stream;
  if (stream.shards.size() >= kMaxShards) {
    catalog.pass_over(stream, now);
    return std::size_t{1};
  }
  most = std::min(most, kMaxShards - stream.shards.size());
  std::vector<Succession> successions;
  std::size_t looked_at = 0;
  std::optional<TimePoint> since;  // of the shards that stay
  for (const Shard& shard : stream.shards) {
    if (!shard.is_open()) continue;
    if (shard.opened + age <= now) {
      if (successions.size() == most) break;
      ++looked_at;
      const auto filled = had_records(gate.storage(), shard);
      if (filled.has_error()) {
        catalog.pass_over(stream, now);  // others must not wait for a damaged one
        return filled.error();
      }
      if (*filled) {
        successions.push_back({{shard.shard_id}, {shard.hash_range()}});
        continue;
      }
    }
    const TimePoint due = last_due(shard, age, now);
    since = std::min(since.value_or(due), due);
  }
  if (!successions.empty()) {
    if (auto done = reshard(gate, catalog, stream, successions, now); done.has_error()) return done.error();
  } else if (since) {
    catalog.pass_over(stream, *since);
  }
  return looked_at;
}

}  // namespace millrace::streams
