#include "server/plan/vector_entries.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/context/table_portion.hpp"
#include "server/plan/vector_values.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::plan {
namespace {

using model::Item;
using storage::PreviousRow;

constexpr std::size_t kLeastWriteBytes = 1024;

/// An entry and what it counts.
struct SizedEntry {
  vectors::VectorEntry entry;
  std::size_t size{0};
};

/// The vector counts four bytes a dimension, the rest that is projected as in an item.
std::size_t size_of_entry(const model::TableDefinition& table, const model::VectorIndexDefinition& index,
                          const Item& item) {
  std::size_t size = index.dimensions * sizeof(float);
  for (const auto& attribute : item) {
    if (attribute.name == index.vector_attribute || !is_projected(table, index, attribute.name)) continue;
    size += attribute.name.size() + model::size_of(attribute.value);
  }
  return size;
}

std::optional<SizedEntry> make_entry(const model::TableDefinition& table, const model::VectorIndexDefinition& index,
                                     const Item* item) {
  if (item == nullptr) return std::nullopt;
  auto entry = make_vector_entry(table, index, *item);
  if (!entry) return std::nullopt;
  return SizedEntry{*std::move(entry), size_of_entry(table, index, *item)};
}

/// Whether the index shows the same of both.
bool shows_the_same(const model::TableDefinition& table, const model::VectorIndexDefinition& index, const Item& left,
                    const Item& right) {
  const auto has_all = [&](const Item& of, const Item& in) {
    return std::ranges::all_of(of, [&](const model::Attribute& attribute) {
      if (!is_projected(table, index, attribute.name)) return true;
      const auto* const other = in.find(attribute.name);
      return other != nullptr && *other == attribute.value;
    });
  };
  return has_all(left, right) && has_all(right, left);
}

StorageResult<void> erase_entry(storage::Storage& storage, vectors::VectorCache* cache,
                                const model::VectorIndexDefinition& index, const SizedEntry& before) {
  const auto previous = index.is_backfilling() ? PreviousRow::unknown() : PreviousRow::of_size(before.size);
  if (cache != nullptr) cache->erase(index.keyspace, before.entry.key);
  return storage.erase_row(index.keyspace, before.entry.key, previous);
}

StorageResult<void> write_entry(storage::Storage& storage, vectors::VectorCache* cache,
                                const model::VectorIndexDefinition& index, const SizedEntry& after,
                                PreviousRow previous) {
  if (cache != nullptr) cache->put(index.keyspace, after.entry);
  return storage.write_row(index.keyspace, after.entry.key, to_row(after.entry), after.size,
                           index.is_backfilling() ? PreviousRow::unknown() : previous);
}

StorageResult<double> replace_entry(storage::Storage& storage, vectors::VectorCache* cache,
                                    const model::VectorIndexDefinition& index, const std::optional<SizedEntry>& before,
                                    const std::optional<SizedEntry>& after) {
  const bool same_row = before && after && before->entry.key == after->entry.key;
  if (before && !same_row) {
    if (auto erased = erase_entry(storage, cache, index, *before); erased.has_error()) return erased.error();
  }
  if (after) {
    const auto previous = same_row ? PreviousRow::of_size(before->size) : PreviousRow::none();
    if (auto written = write_entry(storage, cache, index, *after, previous); written.has_error()) {
      return written.error();
    }
  }
  const std::size_t larger = std::max(before ? before->size : 0, after ? after->size : 0);
  const auto bytes = static_cast<double>(std::max(larger, kLeastWriteBytes));
  return before && after && !same_row ? 2 * bytes : bytes;
}

}  // namespace

bool is_projected(const model::TableDefinition& table, const model::VectorIndexDefinition& index,
                  std::string_view attribute) {
  const auto& extra = index.projection.non_key_attributes;
  return index.projection.type == model::ProjectionType::kAll || index.vector_attribute == attribute ||
         table.key_schema.contains(attribute) || index.find_search_attribute(attribute) != nullptr ||
         std::ranges::find(extra, attribute) != extra.end();
}

std::optional<vectors::VectorEntry> make_vector_entry(const model::TableDefinition& table,
                                                      const model::VectorIndexDefinition& index, const Item& item) {
  const auto* const list = item.find(index.vector_attribute);
  if (list == nullptr) return std::nullopt;
  vectors::VectorEntry entry;
  for (const auto& element : index.search_schema) {
    const auto* const value = item.find(element.attribute.name);
    const bool is_hash = element.role == model::SearchRole::kHash;
    if (value == nullptr ? is_hash : !is_search_value(element, *value)) return std::nullopt;
    auto& label = entry.labels.emplace_back();
    if (value != nullptr) storage::append_encoded(label, *value);
    if (is_hash) entry.key = storage::encode_hash_prefix({{element.attribute}, {}}, item);
  }
  auto vector = to_vector(*list, index.dimensions);
  if (!vector) return std::nullopt;
  entry.vector = *std::move(vector);
  entry.item_key_offset = entry.key.size();
  entry.key.append(storage::encode_key(table.key_schema, item));
  return entry;
}

StorageResult<void> update_vector_entries(storage::Storage& storage, vectors::VectorCache* cache,
                                          const model::TableDefinition& table, const Item* old_item,
                                          const Item* new_item, ConsumedCapacity& capacity) {
  for (const auto& index : table.vector_indexes) {
    const auto before = make_entry(table, index, old_item);
    const auto after = make_entry(table, index, new_item);
    if (!before && !after) continue;
    if (before && after && shows_the_same(table, index, *old_item, *new_item)) continue;
    const auto bytes = replace_entry(storage, cache, index, before, after);
    if (bytes.has_error()) return bytes.error();
    capacity.charge(index, *bytes);
  }
  return {};
}

StorageResult<void> backfill_portion(storage::Storage& storage, json::Parser& parser,
                                     const model::TableDefinition& table, model::VectorIndexDefinition& index,
                                     const storage::Budget& budget) {
  if (std::exchange(index.is_allocating, false)) return {};
  std::vector<SizedEntry> entries;
  const auto scanned =
      scan_portion(storage, table.keyspace, index.backfill_from, budget.at_cost(2), [&](const storage::RowView& row) {
        const auto item = json::read_stored_item(parser, row.item_json);
        if (auto entry = make_entry(table, index, &item)) entries.push_back(*std::move(entry));
      });
  if (scanned.has_error()) return scanned.error();
  for (const auto& [entry, size] : entries) {
    auto written = storage.write_row(index.keyspace, entry.key, to_row(entry), size);
    if (written.has_error()) return written.error();
  }
  return {};
}

}  // namespace millrace::plan
