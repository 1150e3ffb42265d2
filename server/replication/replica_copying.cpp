#include "server/replication/replica_copying.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/context/table_portion.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::replication {
namespace {

/// A row is read, looked for among what is to be sent, and written, as is each of its entries.
constexpr std::size_t kCostOfCopying = 4;

struct SourceRow {
  storage::EncodedKey key;
  std::string item_json;
};

StorageResult<void> copy(const Parts& parts, json::Parser& parser, const catalog::TablePointer& replica,
                         const SourceRow& row) {
  auto put = plan::ItemWrite::put(json::read_stored_item(parser, row.item_json));
  put.cause = streams::ChangeCause::kReplication;
  const auto prepared = plan::prepare({.storage = parts.storage, .stored_parser = parser}, replica, row.key, put);
  if (prepared.has_error()) return StorageError{StorageErrorKind::kIo, prepared.error().message};
  const auto applied = plan::apply(parts.writing(parser), *prepared);
  if (applied.has_error()) return applied.error();
  return {};
}

}  // namespace

StorageResult<catalog::TablePointer> copy_portion(const Parts& parts, json::Parser& stored_parser,
                                                  const catalog::TablePointer& replica, const storage::Budget& budget) {
  auto definition = replica->definition;
  auto& mark = definition.replication->copy;
  const auto source = parts.tables.find_namesake(definition, mark->source);
  std::optional<std::string> next;
  if (source != nullptr) {
    next = mark->from;
    std::vector<SourceRow> rows;
    const auto scanned = plan::scan_portion(
        parts.storage, source->definition.keyspace, next, budget.at_cost(kCostOfCopying + definition.indexes.size()),
        [&](const storage::RowView& row) {
          rows.push_back({storage::EncodedKey{row.key}, std::string{row.item_json}});
        });
    if (scanned.has_error()) return scanned.error();
    for (const auto& row : rows) {
      const auto unsent = plan::find_unsent(parts.storage, *source->definition.replication, row.key);
      if (unsent.has_error()) return unsent.error();
      if (*unsent) continue;
      if (auto copied = copy(parts, stored_parser, replica, row); copied.has_error()) return copied.error();
    }
  }
  if (next) {
    mark->from = *std::move(next);
  } else {
    mark.reset();
    // From now on; until then nobody would have noted when the copied items expire.
    if (source != nullptr && source->definition.time_to_live) {
      definition.time_to_live = model::TimeToLive{.attribute = source->definition.time_to_live->attribute};
    }
  }
  return parts.tables.put(std::move(definition));
}

}  // namespace millrace::replication
