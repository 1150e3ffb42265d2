#include "server/catalog/table_catalog.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "server/catalog/table_document.hpp"

namespace millrace::catalog {
namespace {

constexpr std::string_view kDocumentKind = "table";

/// AWS refuses other accounts for want of a policy and does not look into other regions; here there is nothing to look
/// into, and the text says so.
ApiError table_elsewhere(const model::TableReference& table, const model::Account& here) {
  const model::Account there = table.whereabouts(here);
  return {ErrorKind::kResourceNotFound,
          fmt::format("Requested resource not found: {} is in account {}, region {}; this is account {}, region {}",
                      table.text(), there.id, there.region, here.id, here.region)};
}

}  // namespace

TablePointer TableCatalog::make_entry(model::TableDefinition definition) const {
  auto entry = std::make_shared<TableEntry>();
  entry->definition = std::move(definition);
  if (entry->definition.stream_view) entry->stream = streams_.find(entry->definition.latest_stream_arn);
  const auto& indexes = entry->definition.indexes;
  entry->has_local_index = std::any_of(indexes.begin(), indexes.end(), [](const model::IndexDefinition& index) {
    return index.kind == model::IndexKind::kLocal;
  });
  return entry;
}

StorageResult<void> TableCatalog::load() {
  std::optional<StorageError> failure;
  std::vector<TablePointer> loaded;
  const auto scanned = storage_.scan_documents(kDocumentKind, [&](std::string_view name, std::string_view text) {
    auto definition = table_from_document(text);
    if (definition.has_error()) {
      failure = std::move(definition).error();
      return;
    }
    auto entry = make_entry(*std::move(definition));
    if (entry->definition.stream_view && entry->stream == nullptr) {
      failure = StorageError{StorageErrorKind::kCorrupt, std::string{"the stream is missing of table "}.append(name)};
    }
    loaded.push_back(std::move(entry));
  });
  if (scanned.has_error()) return scanned.error();
  if (failure) return *std::move(failure);
  tables_.clear();
  names_.clear();
  backfilling_.clear();
  for (TablePointer& entry : loaded) keep(std::move(entry));
  return {};
}

void TableCatalog::keep(TablePointer entry) {
  const std::string name = entry->definition.name;
  names_.insert(name);
  if (std::ranges::any_of(entry->definition.indexes, &model::IndexDefinition::is_backfilling)) {
    backfilling_.insert(name);
  } else {
    backfilling_.erase(name);
  }
  tables_.insert_or_assign(name, std::move(entry));
}

TablePointer TableCatalog::find_backfilling() const {
  return backfilling_.empty() ? nullptr : find(*backfilling_.begin());
}

TablePointer TableCatalog::find(std::string_view name) const {
  const auto found = tables_.find(name);
  return found == tables_.end() ? nullptr : found->second;
}

Result<void> TableCatalog::check_place(const model::TableReference& table) const {
  if (table.is_foreign_arn()) {
    return ApiError{ErrorKind::kResourceNotFound,
                    fmt::format("Requested resource not found: {} is not the ARN of a table", table.text())};
  }
  if (!table.may_be_in(account_)) return table_elsewhere(table, account_);
  return {};
}

Result<TablePointer> TableCatalog::require(const model::TableReference& table) const {
  TRY(check_place(table));
  if (auto found = find(table.name())) return found;
  return base::resource_not_found();
}

Result<TablePointer> TableCatalog::require_named(const model::TableReference& table) const {
  TRY(check_place(table));
  if (auto found = find(table.name())) return found;
  return base::table_not_found(table.name());
}

StorageResult<TablePointer> TableCatalog::put(model::TableDefinition definition) {
  auto entry = make_entry(std::move(definition));
  const auto written = storage_.write_document(kDocumentKind, entry->definition.name, to_document(entry->definition));
  if (written.has_error()) return written.error();
  keep(entry);
  return entry;
}

StorageResult<void> TableCatalog::remove(std::string_view name) {
  const auto erased = storage_.erase_document(kDocumentKind, name);
  if (erased.has_error()) return erased.error();
  if (const auto found = tables_.find(name); found != tables_.end()) {
    names_.erase(found->first);
    backfilling_.erase(found->first);
    tables_.erase(found);
  }
  return {};
}

std::vector<std::string> TableCatalog::names_after(std::string_view after, std::size_t limit) const {
  std::vector<std::string> names;
  for (auto name = names_.upper_bound(after); name != names_.end() && names.size() < limit; ++name) {
    names.push_back(*name);
  }
  return names;
}

}  // namespace millrace::catalog
