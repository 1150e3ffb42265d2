// The read of one item by its key: GetItem's, and each of BatchGetItem's. As a write (item_write.hpp) it has two
// halves: prepare_item_read() makes every check, read_item() has nothing left to refuse.
#pragma once

#include <optional>

#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/model/attribute_value.hpp"
#include "server/plan/context/capacity.hpp"
#include "server/plan/context/context.hpp"
#include "server/storage/key_encoding.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

/// A read that nothing speaks against. Holds in the entry into the gate in which it was made.
class PreparedItemRead {
 public:
  /// The read of the item behind an entry of one of the table's indexes.
  static PreparedItemRead of_entry(catalog::TablePointer table, const model::Item& entry);

  [[nodiscard]] const catalog::TablePointer& table() const { return table_; }
  [[nodiscard]] const storage::EncodedKey& row_key() const { return row_key_; }

 private:
  friend Result<PreparedItemRead> prepare_item_read(catalog::TablePointer table, const model::Item& key);
  PreparedItemRead(catalog::TablePointer table, storage::EncodedKey row_key)
      : table_{std::move(table)}, row_key_{std::move(row_key)} {}

  catalog::TablePointer table_;
  storage::EncodedKey row_key_;
};

/// Errors: those of encode_request_key().
[[nodiscard]] Result<PreparedItemRead> prepare_item_read(catalog::TablePointer table, const model::Item& key);

/// The stored item, or nothing. kCorrupt also when it may be there and cannot be found.
[[nodiscard]] StorageResult<std::optional<storage::Row>> read_item(const ReadContext& context,
                                                                   const PreparedItemRead& prepared);

/// What reading it costs, or that there is nothing to read.
[[nodiscard]] double units_of(const std::optional<storage::Row>& row, Consistency consistency);

}  // namespace millrace::plan
