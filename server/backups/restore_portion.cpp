#include "server/backups/restore_portion.hpp"

#include <optional>
#include <string>
#include <vector>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/index_entries.hpp"
#include "server/plan/vector_entries.hpp"

namespace millrace::backups {
namespace {

struct CopiedRow {
  std::string key;
  std::string item_json;
  std::size_t item_size{0};
};

StorageResult<void> write(storage::Storage& storage, json::Parser& parser, const model::TableDefinition& table,
                          const CopiedRow& row) {
  auto written = storage.write_row(table.keyspace, row.key, row.item_json, row.item_size, storage::PreviousRow::none());
  if (written.has_error() || !table.has_indexes()) return written;
  const model::Item item = json::read_stored_item(parser, row.item_json);
  plan::ConsumedCapacity not_charged;
  auto updated = plan::update_entries(storage, table, std::nullopt, plan::KnownItem{item, row.item_json, row.item_size},
                                      not_charged);
  if (updated.has_error()) return updated;
  return plan::update_vector_entries(storage, nullptr, table, nullptr, &item, not_charged);
}

}  // namespace

StorageResult<void> restore_portion(storage::Storage& storage, json::Parser& parser, model::TableDefinition& table,
                                    const storage::Budget& budget) {
  auto& copy = table.restored_from->copy;
  // Each row is read, looked for as it was, and written, as is each of its entries.
  const storage::Budget portion = budget.at_cost(3 + table.indexes.size() + table.vector_indexes.size());
  std::vector<CopiedRow> rows;
  std::optional<std::string> next;
  std::size_t bytes = 0;
  storage::KeyRange rest;
  rest.begin.assign(copy->from);
  const auto scanned = storage.scan_rows_as_of(
      copy->keyspace, rest, storage::Direction::kAscending, copy->as_of, [&](const storage::RowView& row) {
        if (rows.size() >= portion.rows || bytes >= portion.bytes) {
          next = std::string{row.key};
          return storage::Visit::kStop;
        }
        bytes += row.item_size;
        rows.push_back({std::string{row.key}, std::string{row.item_json}, row.item_size});
        return storage::Visit::kContinue;
      });
  if (scanned.has_error()) return scanned;
  for (const CopiedRow& row : rows) {
    if (auto written = write(storage, parser, table, row); written.has_error()) return written;
  }
  if (next) {
    copy->from = *std::move(next);
  } else {
    copy.reset();
  }
  return {};
}

}  // namespace millrace::backups
