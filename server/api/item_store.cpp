#include "server/api/item_store.hpp"

#include <algorithm>
#include <utility>

#include "server/api/index_entries.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/storage/key_encoding.hpp"
#include "server/streams/stream_writer.hpp"

namespace millrace::api {
namespace {

StorageResult<void> write_row(storage::Storage& storage, const ItemChange& change, const std::string& new_json,
                              std::size_t new_size) {
  const auto keyspace = change.table->definition.keyspace;
  const auto previous = change.old_row != nullptr ? storage::PreviousRow::of_size(change.old_row->item_size)
                                                  : storage::PreviousRow::none();
  if (change.new_item == nullptr) return storage.erase_row(keyspace, change.row_key, previous);
  return storage.write_row(keyspace, change.row_key, new_json, new_size, previous);
}

StorageResult<void> write_index_entries(OperationContext& context, const ItemChange& change,
                                        const std::string& new_json, std::size_t new_size, ConsumedCapacity& capacity) {
  const auto& definition = change.table->definition;
  if (definition.indexes.empty()) return {};
  std::optional<model::Item> parsed;
  const model::Item* old_item = change.old_item;
  if (old_item == nullptr && change.old_row != nullptr) {
    parsed = json::read_stored_item(context.stored_parser, change.old_row->item_json);
    old_item = &*parsed;
  }
  std::optional<KnownItem> before;
  std::optional<KnownItem> after;
  if (old_item != nullptr && change.old_row != nullptr) {
    before.emplace(KnownItem{*old_item, change.old_row->item_json, change.old_row->item_size});
  }
  if (change.new_item != nullptr) after.emplace(KnownItem{*change.new_item, new_json, new_size});
  return update_entries(context.services.gate.storage(), definition, before, after, capacity);
}

StorageResult<void> write_stream_record(OperationContext& context, const ItemChange& change,
                                        const std::string& new_json, std::size_t new_size) {
  if (change.table->stream == nullptr) return {};
  const auto key = model::key_of(change.table->definition.key_schema, change.key_attributes);
  const auto keys_json = json::to_json(key);
  const streams::ItemChange record{
      .partition_hash = storage::partition_hash(change.row_key),
      .keys_json = keys_json,
      .keys_size = model::size_of(key),
      .old_item_json = change.old_row != nullptr ? std::string_view{change.old_row->item_json} : std::string_view{},
      .old_item_size = change.old_row != nullptr ? change.old_row->item_size : 0,
      .new_item_json = new_json,
      .new_item_size = new_size,
      .cause = change.cause};
  auto& services = context.services;
  const auto appended = services.stream_writer.append_change(*change.table->stream, record, services.clock.now());
  if (appended.has_error()) return appended.error();
  return {};
}

}  // namespace

StorageResult<WrittenItem> write_change(OperationContext& context, const ItemChange& change) {
  WrittenItem written;
  std::size_t new_size = 0;
  if (change.new_item != nullptr) {
    new_size = change.new_size ? *change.new_size : model::size_of(*change.new_item);
    written.new_json.reserve(new_size * 2);
    json::append_item(written.new_json, *change.new_item);
  }
  const std::string_view old_json =
      change.old_row != nullptr ? std::string_view{change.old_row->item_json} : std::string_view{};
  const std::size_t old_size = change.old_row != nullptr ? change.old_row->item_size : 0;
  written.capacity.table = change.table;
  written.capacity.table_units = write_units(std::max(old_size, new_size));
  if (old_json == written.new_json) return written;

  auto& storage = context.services.gate.storage();
  if (auto row = write_row(storage, change, written.new_json, new_size); row.has_error()) return row.error();
  if (auto entries = write_index_entries(context, change, written.new_json, new_size, written.capacity);
      entries.has_error()) {
    return entries.error();
  }
  if (auto record = write_stream_record(context, change, written.new_json, new_size); record.has_error()) {
    return record.error();
  }
  return written;
}

bool may_write_blind(const TableEntry& table) { return table.definition.indexes.empty() && table.stream == nullptr; }

StorageResult<void> write_blind(OperationContext& context, const TableEntry& table, std::string_view row_key,
                                const model::Item& item, std::size_t item_size) {
  std::string item_json;
  item_json.reserve(item_size * 2);
  json::append_item(item_json, item);
  return context.services.gate.storage().write_row(table.definition.keyspace, row_key, item_json, item_size);
}

}  // namespace millrace::api
