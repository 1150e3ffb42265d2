#include "server/plan/index_entries.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/context/table_portion.hpp"
#include "server/plan/item_keys.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::plan {
namespace {

using storage::PreviousRow;

struct Entry {
  storage::EncodedKey key;
  std::string part;        ///< what the index shows, unless that is everything
  std::string_view whole;  ///< the item's own text
  std::size_t size{0};

  [[nodiscard]] std::string_view json() const { return whole.empty() ? part : whole; }
};

/// `known` must outlive the entry.
std::optional<Entry> make_entry(const model::TableDefinition& table, const model::IndexDefinition& index,
                                const std::optional<KnownItem>& known) {
  if (!known || !is_indexed(index, known->item)) return std::nullopt;
  Entry entry;
  entry.key = storage::encode_index_key(index.key_schema, table.key_schema, known->item);
  if (index.projection.type == model::ProjectionType::kAll) {
    entry.whole = known->json;
    entry.size = known->size;
  } else {
    entry.size = append_entry(entry.part, table, index, known->item);
  }
  return entry;
}

StorageResult<double> replace_entry(storage::Storage& storage, const model::IndexDefinition& index,
                                    const std::optional<Entry>& before, const std::optional<Entry>& after) {
  const bool same_row = before && after && before->key == after->key;
  if (same_row && before->json() == after->json()) return 0.0;
  double units = 0;
  const auto keyspace = index.keyspace;
  // An index that is being filled may not have the entry yet, or have it already.
  const auto known = [&index](PreviousRow previous) {
    return index.is_backfilling() ? PreviousRow::unknown() : previous;
  };
  const auto previous = known(before ? PreviousRow::of_size(before->size) : PreviousRow::none());
  const auto replaced = same_row ? previous : known(PreviousRow::none());
  if (before && !same_row) {
    if (auto erased = storage.erase_row(keyspace, before->key, previous); erased.has_error()) return erased.error();
    units += write_units(before->size);
  }
  if (after) {
    if (auto written = storage.write_row(keyspace, after->key, after->json(), after->size, replaced);
        written.has_error()) {
      return written.error();
    }
    units += write_units(same_row ? std::max(before->size, after->size) : after->size);
  }
  return units;
}

}  // namespace

bool is_projected(const model::TableDefinition& table, const model::IndexDefinition& index,
                  std::string_view attribute) {
  const auto& extra = index.projection.non_key_attributes;
  return index.projection.type == model::ProjectionType::kAll || table.key_schema.contains(attribute) ||
         index.key_schema.contains(attribute) || std::find(extra.begin(), extra.end(), attribute) != extra.end();
}

std::size_t append_entry(std::string& out, const model::TableDefinition& table, const model::IndexDefinition& index,
                         const model::Item& item) {
  std::size_t size = 0;
  out.push_back('{');
  bool first = true;
  for (const auto& attribute : item) {
    if (!is_projected(table, index, attribute.name)) continue;
    if (!first) out.push_back(',');
    first = false;
    base::append_json_string(out, attribute.name);
    out.push_back(':');
    json::append_attribute_value(out, attribute.value);
    size += attribute.name.size() + model::size_of(attribute.value);
  }
  out.push_back('}');
  return size;
}

bool changes_entry(const model::TableDefinition& table, const model::IndexDefinition& index,
                   const std::optional<KnownItem>& before, const std::optional<KnownItem>& after) {
  const auto old_entry = make_entry(table, index, before);
  const auto new_entry = make_entry(table, index, after);
  if (!old_entry || !new_entry) return old_entry.has_value() != new_entry.has_value();
  return old_entry->key != new_entry->key || old_entry->json() != new_entry->json();
}

StorageResult<void> update_entries(storage::Storage& storage, const model::TableDefinition& table,
                                   const std::optional<KnownItem>& old_item, const std::optional<KnownItem>& new_item,
                                   ConsumedCapacity& capacity) {
  for (const auto& index : table.indexes) {
    const auto before = make_entry(table, index, old_item);
    const auto after = make_entry(table, index, new_item);
    const auto units = replace_entry(storage, index, before, after);
    if (units.has_error()) return units.error();
    capacity.charge(index, *units);
  }
  return {};
}

StorageResult<void> backfill_portion(storage::Storage& storage, json::Parser& parser,
                                     const model::TableDefinition& table, model::IndexDefinition& index,
                                     const storage::Budget& budget) {
  // A few milliseconds where entries fall all over a large index, on a slow machine and without optimisation.
  const storage::Budget portion = budget.at_cost(2);
  std::vector<Entry> entries;
  const auto scanned =
      scan_portion(storage, table.keyspace, index.backfill_from, portion, [&](const storage::RowView& row) {
        const auto item = json::read_stored_item(parser, row.item_json);
        if (auto entry = make_entry(table, index, KnownItem{item, row.item_json, row.item_size})) {
          entry->part.append(std::exchange(entry->whole, {}));  // the row dies now
          entries.push_back(*std::move(entry));
        }
      });
  if (scanned.has_error()) return scanned.error();
  for (const auto& entry : entries) {
    if (auto written = storage.write_row(index.keyspace, entry.key, entry.json(), entry.size); written.has_error()) {
      return written.error();
    }
  }
  return {};
}

}  // namespace millrace::plan
