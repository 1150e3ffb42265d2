#include "server/catalog/table_catalog.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <stdexcept>
#include <utility>

#include "server/catalog/table_document.hpp"

namespace millrace::catalog {
namespace {

/// Of a table that is stored, or about to be: its ARN is one.
model::Account account_of(const model::TableDefinition& table) {
  const auto arn = model::parse_table_arn(table.arn);
  return arn ? model::Account{std::string{arn->region}, std::string{arn->account_id}} : model::Account{};
}

/// AWS refuses other accounts for want of a policy and does not look into other regions; here there is nothing to look
/// into, and the text says so.
ApiError table_elsewhere(const model::TableReference& table, const model::Account& here) {
  const model::Account there = table.whereabouts(here);
  return {ErrorKind::kResourceNotFound,
          fmt::format("Requested resource not found: {} is in account {}, region {}; this is account {}, region {}",
                      table.text(), there.id, there.region, here.id, here.region)};
}

ApiError still_in_use(std::string_view name, model::TableStatus status) {
  const std::string_view what = status == model::TableStatus::kCreating   ? "created"
                                : status == model::TableStatus::kDeleting ? "deleted"
                                                                          : "updated";
  return {ErrorKind::kResourceInUse,
          fmt::format("Attempt to change a resource which is still in use: Table is being {}: {}", what, name)};
}
bool has_live_stream(const model::TableDefinition& table) { return table.stream_view && !table.is_being_replicated(); }

std::vector<TablePointer> values_of(const std::map<std::string, TablePointer, std::less<>>& tables) {
  std::vector<TablePointer> found;
  for (const auto& [arn, table] : tables) found.push_back(table);
  return found;
}

}  // namespace

TablePointer TableCatalog::make_entry(model::TableDefinition definition) const {
  auto entry = std::make_shared<TableEntry>();
  entry->definition = std::move(definition);
  // What is copied into a replica is told nobody.
  if (has_live_stream(entry->definition)) entry->stream = streams_.find(entry->definition.latest_stream_arn);
  if (const auto& replication = entry->definition.replication; replication && !replication->log_arn.empty()) {
    entry->outgoing = streams_.find(replication->log_arn);
  }
  for (const auto& destination : entry->definition.settings.kinesis_destinations) {
    if (destination.status == model::KinesisDestination::Status::kActive) {
      entry->deliveries = streams_.find(destination.log_arn);
    }
  }
  const auto& indexes = entry->definition.indexes;
  entry->has_local_index = std::any_of(indexes.begin(), indexes.end(), [](const model::IndexDefinition& index) {
    return index.kind == model::IndexKind::kLocal;
  });
  return entry;
}

StorageResult<void> TableCatalog::load() {
  std::optional<StorageError> failure;
  std::vector<TablePointer> loaded;
  const auto scanned = storage_.scan_documents(kTableDocuments, [&](std::string_view name, std::string_view text) {
    auto definition = table_from_document(text);
    if (definition.has_error()) {
      failure = std::move(definition).error();
      return;
    }
    auto entry = make_entry(*std::move(definition));
    if (has_live_stream(entry->definition) && entry->stream == nullptr) {
      failure = StorageError{StorageErrorKind::kCorrupt, std::string{"the stream is missing of table "}.append(name)};
    }
    if (!model::parse_table_arn(entry->definition.arn)) {
      failure = StorageError{StorageErrorKind::kCorrupt, std::string{"no ARN of a table in document "}.append(name)};
    }
    loaded.push_back(std::move(entry));
  });
  if (scanned.has_error()) return scanned.error();
  if (failure) return *std::move(failure);
  worlds_.clear();
  backfilling_.clear();
  expiring_.clear();
  filling_.clear();
  restoring_.clear();
  changing_.clear();
  by_rows_.clear();
  recoverable_.clear();
  replicated_.clear();
  replicating_.clear();
  for (TablePointer& entry : loaded) keep(std::move(entry));
  return {};
}

void TableCatalog::keep(TablePointer entry) {
  const model::TableDefinition& table = entry->definition;
  const auto keep_in = [&](auto& list, bool belongs) {
    if (belongs) {
      list.insert_or_assign(table.arn, entry);
    } else {
      list.erase(table.arn);
    }
  };
  keep_in(backfilling_, table.has_backfilling_index());
  by_rows_.insert_or_assign(table.keyspace, entry);
  keep_in(restoring_, table.is_being_restored());
  keep_in(changing_, table.transition.has_value());
  keep_in(recoverable_, table.point_in_time_recovery.has_value());
  keep_in(replicated_, table.replication.has_value());
  keep_in(replicating_, table.is_being_replicated());
  keep_in(expiring_, table.time_to_live.has_value());
  keep_in(filling_, table.time_to_live && table.time_to_live->is_filling());
  Tables& world = worlds_[account_of(table)];
  world.names.insert(table.name);
  world.by_name.insert_or_assign(table.name, std::move(entry));
}

std::vector<TablePointer> TableCatalog::expiring() const { return values_of(expiring_); }

std::vector<TablePointer> TableCatalog::being_restored() const { return values_of(restoring_); }

std::vector<TablePointer> TableCatalog::with_point_in_time_recovery() const { return values_of(recoverable_); }

TablePointer TableCatalog::find_being_restored() const {
  return restoring_.empty() ? nullptr : restoring_.begin()->second;
}

TablePointer TableCatalog::next_to_settle() const {
  const auto next = std::ranges::min_element(
      changing_, {}, [](const auto& entry) { return entry.second->definition.transition->until; });
  return next == changing_.end() ? nullptr : next->second;
}

std::vector<TablePointer> TableCatalog::replicated() const { return values_of(replicated_); }

TablePointer TableCatalog::find_being_replicated() const {
  return replicating_.empty() ? nullptr : replicating_.begin()->second;
}

TablePointer TableCatalog::find_namesake(const model::TableDefinition& table, std::string_view region) const {
  const auto* const tables = find_world({std::string{region}, account_of(table).id});
  if (tables == nullptr) return nullptr;
  const auto found = tables->by_name.find(table.name);
  return found == tables->by_name.end() ? nullptr : found->second;
}

TablePointer TableCatalog::find_with_rows(model::KeyspaceId keyspace) const {
  const auto found = by_rows_.find(keyspace);
  return found == by_rows_.end() ? nullptr : found->second;
}

TablePointer TableCatalog::find_with_unknown_expiries() const {
  return filling_.empty() ? nullptr : filling_.begin()->second;
}

TablePointer TableCatalog::find_backfilling() const {
  return backfilling_.empty() ? nullptr : backfilling_.begin()->second;
}

const TableCatalog::Tables* TableCatalog::find_world(const model::Account& account) const {
  const auto found = worlds_.find(account);
  return found == worlds_.end() ? nullptr : &found->second;
}

std::size_t TableCatalog::count_elsewhere(const model::Caller& caller) const {
  std::size_t count = 0;
  for (const auto& [account, tables] : worlds_) count += account == caller.account ? 0 : tables.names.size();
  return count;
}

void TableCatalog::tell_if_elsewhere(std::string_view name, const model::Account& looked_in) const {
  constexpr int kMostWorldsLookedThrough = 100;
  int left = kMostWorldsLookedThrough;
  for (const auto& [account, tables] : worlds_) {
    if (left-- == 0) return;
    if (account == looked_in || !tables.by_name.contains(name)) continue;
    const std::string text = fmt::format(
        "there is no table {} in region {}, account {}, where a request looked for it, but one in region {}, account "
        "{}: each has tables of its own; --shared-db merges all",
        name, looked_in.region, looked_in.id, account.region, account.id);
    if (told_.add(text)) spdlog::info("{}", text);
    return;
  }
}

StorageResult<TablePointer> TableCatalog::put(model::TableDefinition definition) {
  if (!model::parse_table_arn(definition.arn)) throw std::logic_error{"not a table ARN: " + definition.arn};
  auto entry = make_entry(std::move(definition));
  const auto written = storage_.write_document(kTableDocuments, entry->definition.arn, to_document(entry->definition));
  if (written.has_error()) return written.error();
  keep(entry);
  return entry;
}

StorageResult<void> TableCatalog::remove(const model::TableDefinition& table) {
  auto erased = storage_.erase_document(kTableDocuments, table.arn);
  if (erased.has_error()) return erased;
  backfilling_.erase(table.arn);
  expiring_.erase(table.arn);
  filling_.erase(table.arn);
  by_rows_.erase(table.keyspace);
  restoring_.erase(table.arn);
  changing_.erase(table.arn);
  recoverable_.erase(table.arn);
  replicated_.erase(table.arn);
  replicating_.erase(table.arn);
  const auto world = worlds_.find(account_of(table));
  if (world == worlds_.end()) return {};
  world->second.names.erase(table.name);
  world->second.by_name.erase(table.name);  // which `table` may be a part of
  if (world->second.names.empty()) worlds_.erase(world);
  return {};
}

TablePointer WorldTables::find(std::string_view name) const {
  const auto* const tables = catalog_.find_world(caller_.account);
  if (tables == nullptr) return nullptr;
  const auto found = tables->by_name.find(name);
  return found == tables->by_name.end() ? nullptr : found->second;
}

Result<void> WorldTables::check_place(const model::TableReference& table) const {
  if (table.is_foreign_arn()) {
    return ApiError{ErrorKind::kResourceNotFound,
                    fmt::format("Requested resource not found: {} is not the ARN of a table", table.text())};
  }
  if (!table.may_be_of(caller_)) return table_elsewhere(table, caller_.account);
  return {};
}

Result<TablePointer> WorldTables::require(const model::TableReference& table) const {
  TRY(check_place(table));
  if (auto found = find(table.name())) {
    if (!found->definition.is_usable()) return base::resource_not_found();
    return found;
  }
  catalog_.tell_if_elsewhere(table.name(), caller_.account);
  return base::resource_not_found();
}

Result<TablePointer> WorldTables::require_named(const model::TableReference& table) const {
  TRY(check_place(table));
  if (auto found = find(table.name())) return found;
  catalog_.tell_if_elsewhere(table.name(), caller_.account);
  return base::table_not_found(table.name());
}

Result<TablePointer> WorldTables::require_settled(const model::TableReference& table) const {
  TRY_ASSIGN(auto found, require_named(table));
  const auto& definition = found->definition;
  if (definition.transition) return still_in_use(definition.name, definition.transition->status);
  if (definition.is_being_filled()) return still_in_use(definition.name, model::TableStatus::kCreating);
  return found;
}

std::vector<std::string> WorldTables::names_after(std::string_view after, std::size_t limit) const {
  std::vector<std::string> names;
  const auto* const tables = catalog_.find_world(caller_.account);
  if (tables == nullptr) return names;
  for (auto name = tables->names.upper_bound(after); name != tables->names.end() && names.size() < limit; ++name) {
    names.push_back(*name);
  }
  return names;
}

}  // namespace millrace::catalog
