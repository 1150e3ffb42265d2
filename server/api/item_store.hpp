// The write path of items: the one place that changes rows of a table. Whatever makes or unmakes an item goes through
// write_change(), so that row, index entries and stream record are always changed together, in that order, in the
// caller's transaction.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/api/capacity.hpp"
#include "server/api/operation.hpp"
#include "server/api/table_catalog.hpp"
#include "server/base/result.hpp"
#include "server/model/attribute_value.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/stream_record.hpp"

namespace millrace::api {

inline constexpr std::size_t kMaxItemBytes = 409'600;

/// One item before and after. Everything is checked already: key, index keys, size, condition.
struct ItemChange {
  const TablePointer& table;
  std::string_view row_key;
  const model::Item& key_attributes;      ///< any item that has them: the new one, the old one, the key
  const storage::Row* old_row{nullptr};   ///< null when the item did not exist
  const model::Item* old_item{nullptr};   ///< old_row parsed, if the caller needed it; may be null
  const model::Item* new_item{nullptr};   ///< null when the item is deleted
  std::optional<std::size_t> new_size{};  ///< model::size_of(*new_item), if the caller needed it
  streams::ChangeCause cause{streams::ChangeCause::kRequest};
};

struct WrittenItem {
  std::string new_json;  ///< the stored form of the new item; empty when it is deleted
  ConsumedCapacity capacity;
};

/// Makes the change. One that changes nothing (same canonical JSON, or deleting what is not there) touches neither row,
/// index nor stream, and costs the same (reference, 7.2; streams-and-esm, 1.10).
StorageResult<WrittenItem> write_change(OperationContext& context, const ItemChange& change);

/// Whether a put may be done without knowing what it replaces: nothing but the row depends on it.
bool may_write_blind(const TableEntry& table);

/// Writes an item over whatever is there. Precondition: may_write_blind().
StorageResult<void> write_blind(OperationContext& context, const TableEntry& table, std::string_view row_key,
                                const model::Item& item, std::size_t item_size);

}  // namespace millrace::api
