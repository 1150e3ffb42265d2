#include "server/replication/change_sending.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/item_write.hpp"
#include "server/replication/replica_group.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::replication {
namespace {

using catalog::TablePointer;
using plan::ItemWrite;
using storage::Sequence;

/// Writing an item in one other region costs as much as looking at so many rows.
constexpr std::size_t kCostOfOneWrite = 8;
/// How many portions a request waits for.
constexpr int kPortionsToSettle = 50;

constexpr std::string_view kDeleting = "aws:rep:deleting";
constexpr std::string_view kUpdateTime = "aws:rep:updatetime";
constexpr std::string_view kUpdateRegion = "aws:rep:updateregion";

/// A change that is to be sent.
struct Outgoing {
  TablePointer from;
  Sequence sequence{0};
  TimePoint made{};
  std::string keys_json;
  std::string new_image_json;  ///< empty: a deletion
};

const streams::Shard& shard_of(const catalog::TableEntry& replica) { return replica.outgoing->shards.front(); }

/// The first changes of a group, in their order. Of what follows a change that is not among them, none is.
class FirstChanges {
 public:
  FirstChanges(storage::Storage& storage, const storage::Budget& budget) : storage_{storage}, budget_{budget} {}

  StorageResult<void> add(const TablePointer& replica) {
    if (replica->outgoing == nullptr) return {};
    const auto& shard = shard_of(*replica);
    Sequence last = 0;
    const auto page =
        streams::read_shard(storage_, shard, 0, {.records = budget_.rows, .bytes = budget_.bytes},
                            [&](const streams::StoredRecord& record) {
                              last = record.content.sequence;
                              changes_.push_back({.from = replica,
                                                  .sequence = last,
                                                  .made = record.content.created,
                                                  .keys_json = std::string{record.content.keys_json},
                                                  .new_image_json = std::string{record.content.new_image_json}});
                            });
    if (page.has_error()) return skip_damage(*replica, page.error());
    if (page->more) end_ = std::min(end_, last);
    return {};
  }

  std::vector<Outgoing> take() {
    std::ranges::sort(changes_, {}, &Outgoing::sequence);
    const auto rest = std::ranges::find_if(changes_, [this](const Outgoing& one) { return one.sequence > end_; });
    changes_.erase(rest, changes_.end());
    if (changes_.size() > budget_.rows) changes_.resize(budget_.rows);
    return std::move(changes_);
  }

 private:
  /// What cannot be read can never be sent. It is given up and told of, as a poller does, and the next portion goes on.
  StorageResult<void> skip_damage(const catalog::TableEntry& replica, const StorageError& error) {
    if (error.kind != StorageErrorKind::kCorrupt || error.damaged_through == 0) return error;
    spdlog::error("changes of {} cannot be read and do not come to its other regions: {}", replica.definition.arn,
                  base::to_log_text(error));
    return storage_.trim_log(shard_of(replica).log, error.damaged_through);
  }

  storage::Storage& storage_;
  const storage::Budget budget_;
  std::vector<Outgoing> changes_;
  Sequence end_{std::numeric_limits<Sequence>::max()};
};

class Sender {
 public:
  Sender(const Parts& parts, json::Parser& stored_parser) : parts_{parts}, parser_{stored_parser} {}

  StorageResult<void> send(const Outgoing& change) {
    const auto& from = *change.from;
    const auto& replication = *from.definition.replication;
    const bool marks_items = replication.version == model::GlobalTableVersion::k2017;
    const auto key = json::read_stored_item(parser_, change.keys_json);
    const auto row_key = plan::locate(from, ItemWrite::of_key(ItemWrite::Kind::kDelete, key));
    if (row_key.has_error()) return StorageError{StorageErrorKind::kCorrupt, row_key.error().message};

    const auto newest_here = plan::find_unsent(parts_.storage, replication, *row_key);
    if (newest_here.has_error()) return newest_here.error();
    const bool is_newest_here = *newest_here == change.sequence;

    std::optional<model::Item> item;
    if (!change.new_image_json.empty()) item = json::read_stored_item(parser_, change.new_image_json);
    if (item && marks_items) {
      mark(*item, change, false);
      if (is_newest_here) {
        if (auto marked = write(change.from, *row_key, ItemWrite::put(*item)); marked.has_error()) return marked;
      }
    }
    for (const auto& other : others_of(parts_.tables, from.definition)) {
      const auto newer = plan::find_unsent(parts_.storage, *other->definition.replication, *row_key);
      if (newer.has_error()) return newer.error();
      if (*newer && **newer > change.sequence) continue;
      const auto sent = item ? write(other, *row_key, ItemWrite::put(*item)) : remove(other, *row_key, key, change);
      if (sent.has_error()) return sent;
    }
    return is_newest_here ? plan::forget_unsent(parts_.storage, replication, *row_key) : StorageResult<void>{};
  }

 private:
  /// What readers of the older global tables see of the replication.
  static void mark(model::Item& item, const Outgoing& change, bool is_deleting) {
    // Microseconds, of which the last tell that the replication has written them.
    const auto milliseconds = base::to_epoch_milliseconds(change.made);
    const auto time = fmt::format("{}.{:03}001", milliseconds / 1000, milliseconds % 1000);
    item.set(std::string{kDeleting}, model::AttributeValue{is_deleting});
    item.set(std::string{kUpdateTime}, model::AttributeValue{*model::Number::parse(time)});
    item.set(std::string{kUpdateRegion}, model::AttributeValue{region_of(change.from->definition)});
  }

  StorageResult<void> remove(const TablePointer& table, const storage::EncodedKey& row_key, const model::Item& key,
                             const Outgoing& change) {
    if (change.from->definition.replication->version == model::GlobalTableVersion::k2017) {
      const auto row = parts_.storage.read_row(table->definition.keyspace, row_key);
      if (row.has_error()) return row.error();
      if (*row) {
        auto item = json::read_stored_item(parser_, (*row)->item_json);
        mark(item, change, true);
        if (auto marked = write(table, row_key, ItemWrite::put(std::move(item))); marked.has_error()) return marked;
      }
    }
    return write(table, row_key, ItemWrite::of_key(ItemWrite::Kind::kDelete, key));
  }

  StorageResult<void> write(const TablePointer& table, const storage::EncodedKey& row_key, ItemWrite wanted) {
    wanted.cause = streams::ChangeCause::kReplication;
    const auto prepared = plan::prepare({.storage = parts_.storage, .stored_parser = parser_}, table, row_key, wanted);
    if (prepared.has_error()) return StorageError{StorageErrorKind::kIo, prepared.error().message};
    const auto applied = plan::apply(parts_.writing(parser_), *prepared);
    if (applied.has_error()) return applied.error();
    return {};
  }

  const Parts& parts_;
  json::Parser& parser_;
};

std::vector<TablePointer> group_of(const Parts& parts, const TablePointer& table) {
  auto group = others_of(parts.tables, table->definition);
  group.push_back(table);
  return group;
}

StorageResult<void> send_of_group(const Parts& parts, json::Parser& parser, const std::vector<TablePointer>& group,
                                  const storage::Budget& budget) {
  FirstChanges first{parts.storage, budget.at_cost(kCostOfOneWrite * group.size())};
  for (const auto& replica : group) {
    if (auto added = first.add(replica); added.has_error()) return added;
  }
  const auto changes = first.take();
  Sender sender{parts, parser};
  for (const auto& change : changes) {
    if (auto sent = sender.send(change); sent.has_error()) return sent;
  }
  for (const auto& replica : group) {
    const auto last =
        std::find_if(changes.rbegin(), changes.rend(), [&](const Outgoing& one) { return one.from == replica; });
    if (last == changes.rend()) continue;
    if (auto cut = parts.storage.trim_log(shard_of(*replica).log, last->sequence); cut.has_error()) return cut;
  }
  return {};
}

StorageResult<bool> has_changes(const Parts& parts, const catalog::TableEntry& replica) {
  if (replica.outgoing == nullptr) return false;
  const auto latest = parts.storage.latest_record(shard_of(replica).log);
  if (latest.has_error()) return latest.error();
  return latest->has_value();
}

}  // namespace

StorageResult<bool> send_portion(const Parts& parts, json::Parser& stored_parser, const storage::Budget& budget) {
  auto& replicating = parts.replicating;
  if (!replicating.is_known()) {
    for (const auto& replica : parts.tables.replicated()) {
      const auto has_some = has_changes(parts, *replica);
      if (has_some.has_error()) return has_some.error();
      if (*has_some) replicating.note(replica->definition.keyspace);
    }
    replicating.known();
  }
  while (!replicating.waiting().empty()) {
    const auto rows = *replicating.waiting().begin();
    const auto replica = parts.tables.find_with_rows(rows);
    bool is_waiting = false;
    if (replica != nullptr) {
      const auto has_some = has_changes(parts, *replica);
      if (has_some.has_error()) return has_some.error();
      is_waiting = *has_some;
    }
    if (is_waiting) {
      if (auto sent = send_of_group(parts, stored_parser, group_of(parts, replica), budget); sent.has_error()) {
        return sent.error();
      }
      return true;
    }
    replicating.none_of(rows);
  }
  return false;
}

StorageResult<bool> settle(const Parts& parts, json::Parser& stored_parser, const model::TableDefinition& table) {
  const auto self = parts.tables.find_namesake(table, region_of(table));
  if (self == nullptr) return true;
  const auto group = group_of(parts, self);
  for (int portion = 0; portion < kPortionsToSettle; ++portion) {
    bool is_waiting = false;
    for (const auto& replica : group) {
      const auto waiting = has_changes(parts, *replica);
      if (waiting.has_error()) return waiting.error();
      is_waiting = is_waiting || *waiting;
    }
    if (!is_waiting) return true;
    if (auto sent = send_of_group(parts, stored_parser, group, {}); sent.has_error()) return sent.error();
  }
  return false;
}

}  // namespace millrace::replication
