// The write path of items, and the one place that changes rows of a table. Whatever makes or unmakes an item says what
// it wants as an ItemWrite; prepare() makes every check and no write, apply() writes and has nothing left to refuse.
// Row, index entries and stream record are always changed together, in that order, in the caller's transaction.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/update.hpp"
#include "server/model/attribute_value.hpp"
#include "server/plan/context/capacity.hpp"
#include "server/plan/context/context.hpp"
#include "server/storage/key_encoding.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/record/stream_record.hpp"

namespace millrace::plan {

inline constexpr std::size_t kMaxItemBytes = 409'600;

/// What is to happen to one item. A value of its own.
class ItemWrite {
 public:
  enum class Kind : std::uint8_t { kPut, kUpdate, kDelete, kConditionCheck };

  ItemWrite() = default;  ///< the put of an empty item
  /// Of a new item.
  static ItemWrite put(model::Item item) {
    const std::size_t size = model::size_of(item);
    return {Kind::kPut, std::move(item), size};
  }
  /// Of the item with this key. `kind` is not kPut.
  static ItemWrite of_key(Kind kind, model::Item key) { return {kind, std::move(key), 0}; }

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] const model::Item& item() const { return item_; }     ///< the new item of a put, otherwise the key
  [[nodiscard]] std::size_t item_size() const { return item_size_; }  ///< of the new item of a put, otherwise 0

  std::optional<expression::ResolvedCondition> condition;
  std::optional<expression::ResolvedUpdate>
      update;                      ///< of an update; without one, or without actions, it makes the item
  bool failure_shows_item{false};  ///< a condition that fails shows the item it has failed for
  bool only_new{false};            ///< of a put: nothing may be replaced
  /// Whether the one who asks wants to know what the write met, its cost included: a put may then not be made blindly.
  bool tells_before{false};
  streams::ChangeCause cause{streams::ChangeCause::kRequest};

 private:
  ItemWrite(Kind kind, model::Item item, std::size_t size) : kind_{kind}, item_{std::move(item)}, item_size_{size} {}

  Kind kind_{Kind::kPut};
  model::Item item_;
  std::size_t item_size_{0};
};

/// The stored item that a write meets, parsed only if somebody has looked inside.
struct StoredItem {
  std::optional<storage::Row> row;
  std::optional<model::Item> item;
};

/// A write that nothing speaks against any more. Only prepare() makes one, and it holds in the entry into the gate in
/// which it was made. Refers to its ItemWrite, which outlives it and stays in place.
class PreparedWrite {
 public:
  PreparedWrite(PreparedWrite&&) noexcept = default;
  PreparedWrite& operator=(PreparedWrite&&) noexcept = default;
  PreparedWrite(const PreparedWrite&) = delete;
  PreparedWrite& operator=(const PreparedWrite&) = delete;
  ~PreparedWrite() = default;

  [[nodiscard]] const ItemWrite& write() const { return *write_; }
  [[nodiscard]] const catalog::TablePointer& table() const { return table_; }
  /// What there is now; empty when there is nothing, and when a put did not look.
  [[nodiscard]] const StoredItem& before() const { return before_; }
  /// What there will be; null for nothing.
  [[nodiscard]] const model::Item* after() const;
  [[nodiscard]] std::size_t after_size() const { return after_size_; }
  /// Its stored form; empty for nothing.
  [[nodiscard]] const std::string& after_json() const { return after_json_; }

  // For the answer, when it is applied: the texts without a copy.
  [[nodiscard]] std::string take_before_json() {
    return before_.row ? std::move(before_.row->item_json) : std::string{};
  }
  [[nodiscard]] std::string take_after_json() { return std::move(after_json_); }

 private:
  friend Result<PreparedWrite> prepare(const ReadContext& context, catalog::TablePointer table,
                                       storage::EncodedKey row_key, const ItemWrite& write);
  friend StorageResult<ConsumedCapacity> carry_out(const WriteContext& context, const PreparedWrite& prepared);

  PreparedWrite(const ItemWrite& write, catalog::TablePointer table, storage::EncodedKey row_key)
      : write_{&write}, table_{std::move(table)}, row_key_{std::move(row_key)} {}

  const ItemWrite* write_;
  catalog::TablePointer table_;
  storage::EncodedKey row_key_;
  bool is_blind_{false};  ///< `before_` was not looked at: nothing but the row depends on it
  StoredItem before_;
  std::optional<model::Item> updated_;  ///< what an update comes to
  std::size_t after_size_{0};
  std::string after_json_;
};

/// The row that a write is about; checks all that takes the schema and not the row: the key, and of a put the keys of
/// indexes. Errors: the ValidationExceptions of PutItem, UpdateItem and DeleteItem (API reference, 3.4).
Result<storage::EncodedKey> locate(const catalog::TableEntry& table, const ItemWrite& write);

/// Every check, and no write. `row_key` is that of locate(), or of somebody who words the errors of keys otherwise.
/// Errors: TransactionConflictException, ConditionalCheckFailedException, DuplicateItemException, what forbids an
/// update (3.7, 5.6), that there is no throughput left, the world's when reading.
[[nodiscard]] Result<PreparedWrite> prepare(const ReadContext& context, catalog::TablePointer table,
                                            storage::EncodedKey row_key, const ItemWrite& write);
/// The same of the row that locate() finds.
[[nodiscard]] Result<PreparedWrite> prepare(const ReadContext& context, catalog::TablePointer table,
                                            const ItemWrite& write);
// It would be gone before the prepared write is applied.
Result<PreparedWrite> prepare(const ReadContext& context, catalog::TablePointer table, ItemWrite&& write) = delete;

/// Makes the change, and tells its cost. One that changes nothing (same canonical JSON, deleting what is not there, a
/// condition check) touches neither row, index nor stream, and costs the same (reference, 7.2; streams-and-esm, 1.10).
[[nodiscard]] StorageResult<ConsumedCapacity> apply(const WriteContext& context, const PreparedWrite& prepared);

}  // namespace millrace::plan
