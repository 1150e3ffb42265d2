#include "server/plan/item_read.hpp"

#include <utility>

#include "server/plan/item_keys.hpp"

namespace millrace::plan {

PreparedItemRead PreparedItemRead::of_entry(catalog::TablePointer table, const model::Item& entry) {
  auto row_key = storage::encode_key(table->definition.key_schema, entry);
  return {std::move(table), std::move(row_key)};
}

Result<PreparedItemRead> prepare_item_read(catalog::TablePointer table, const model::Item& key) {
  TRY_ASSIGN(auto row_key, encode_request_key(table->definition.key_schema, key));
  return PreparedItemRead{std::move(table), std::move(row_key)};
}

StorageResult<std::optional<storage::Row>> read_item(const ReadContext& context, const PreparedItemRead& prepared) {
  const auto keyspace = prepared.table()->definition.keyspace;
  auto row = context.storage.read_row(keyspace, prepared.row_key());
  if (row.has_error() || *row) return row;
  auto absent = context.storage.check_absence(keyspace, prepared.row_key());
  if (absent.has_error()) return std::move(absent).error();
  return row;
}

double units_of(const std::optional<storage::Row>& row, Consistency consistency) {
  return read_units(row ? row->item_size : 0, consistency);
}

}  // namespace millrace::plan
