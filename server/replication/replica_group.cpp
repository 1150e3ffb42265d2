#include "server/replication/replica_group.hpp"

#include <algorithm>
#include <utility>

#include "server/model/arn.hpp"
#include "server/streams/replication_log.hpp"

namespace millrace::replication {
namespace {

using model::Replication;
using model::TableDefinition;

StorageResult<void> store(const Parts& parts, TableDefinition table) {
  const auto stored = parts.tables.put(std::move(table));
  if (stored.has_error()) return stored.error();
  return {};
}

/// What a table that becomes the first of a group is, in the manner of the one that joins it.
Replication first_like(const Replication& joining) {
  return {.version = joining.version,
          .since = joining.since,
          .is_strong = joining.is_strong,
          .witness = joining.witness,
          .others = {}};
}

}  // namespace

std::string region_of(const TableDefinition& table) {
  const auto arn = model::parse_table_arn(table.arn);
  return arn ? std::string{arn->region} : std::string{};
}

std::vector<catalog::TablePointer> others_of(const catalog::TableCatalog& tables, const TableDefinition& table) {
  std::vector<catalog::TablePointer> others;
  if (!table.replication) return others;
  for (const auto& replica : table.replication->others) {
    if (auto found = tables.find_namesake(table, replica.region)) others.push_back(std::move(found));
  }
  return others;
}

bool is_any_being_filled(const catalog::TableCatalog& tables, const TableDefinition& table) {
  if (table.is_being_replicated()) return true;
  return std::ranges::any_of(others_of(tables, table), [](const catalog::TablePointer& other) {
    return other->definition.is_being_replicated();
  });
}

StorageResult<void> prepare_sending(const Parts& parts, TableDefinition& table) {
  auto& replication = *table.replication;
  if (replication.is_strong || !replication.log_arn.empty()) return {};
  const auto log = streams::create_replication_log(parts.streams, table, parts.clock.now());
  if (log.has_error()) return log.error();
  replication.log_arn = (*log)->arn;
  const auto unsent = parts.storage.create_keyspace();
  if (unsent.has_error()) return unsent.error();
  replication.unsent = *unsent;
  return {};
}

StorageResult<void> join(const Parts& parts, const TableDefinition& source, TableDefinition table,
                         std::optional<TimePoint> made_here) {
  const std::string region = region_of(table);
  TableDefinition first = source;
  if (!first.replication) first.replication = first_like(*table.replication);
  if (auto ready = prepare_sending(parts, first); ready.has_error()) return ready;
  if (auto ready = prepare_sending(parts, table); ready.has_error()) return ready;
  auto& known = table.replication->others;
  known.push_back({.region = region_of(first)});
  for (const auto& other : others_of(parts.tables, first)) {
    known.push_back({.region = region_of(other->definition)});
    TableDefinition changed = other->definition;
    changed.replication->others.push_back({.region = region});
    if (auto stored = store(parts, std::move(changed)); stored.has_error()) return stored;
  }
  first.replication->others.push_back({.region = region, .made_from_here = made_here});
  if (auto stored = store(parts, std::move(first)); stored.has_error()) return stored;
  return store(parts, std::move(table));
}

StorageResult<void> end_sending(const Parts& parts, TableDefinition& table) {
  if (!table.replication) return {};
  const auto replication = *std::exchange(table.replication, std::nullopt);
  if (replication.unsent != 0) {
    if (auto dropped = parts.storage.drop_keyspace(replication.unsent); dropped.has_error()) return dropped;
  }
  if (const auto* const log = parts.streams.find(replication.log_arn); log != nullptr) {
    return parts.streams.remove(*log);
  }
  return {};
}

StorageResult<void> leave(const Parts& parts, const TableDefinition& table) {
  const std::string region = region_of(table);
  for (const auto& other : others_of(parts.tables, table)) {
    TableDefinition changed = other->definition;
    auto& others = changed.replication->others;
    std::erase_if(others, [&](const model::Replica& replica) { return replica.region == region; });
    if (others.empty() && changed.replication->version == model::GlobalTableVersion::k2019) {
      if (auto ended = end_sending(parts, changed); ended.has_error()) return ended;
    }
    if (auto stored = store(parts, std::move(changed)); stored.has_error()) return stored;
  }
  return {};
}

}  // namespace millrace::replication
