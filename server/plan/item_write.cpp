#include "server/plan/item_write.hpp"

#include <algorithm>
#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/index_entries.hpp"
#include "server/plan/item_keys.hpp"
#include "server/plan/item_update.hpp"
#include "server/plan/vector_entries.hpp"

namespace millrace::plan {
namespace {

using Kind = ItemWrite::Kind;
using Direction = ThroughputLimits::Direction;

/// Whether nothing but the row depends on what a put replaces, so that it need not be known.
bool may_be_blind(const ReadContext& context, const catalog::TableEntry& table, const ItemWrite& write) {
  return context.limits == nullptr && write.kind() == Kind::kPut && !write.condition && !write.only_new &&
         !write.tells_before && !table.definition.has_indexes() && table.stream == nullptr &&
         table.deliveries == nullptr && !table.definition.time_to_live && !table.definition.replication;
}

/// Whether what is stored has to be looked into.
bool looks_inside(const ItemWrite& write) { return write.condition || write.kind() == Kind::kUpdate; }

/// Of just this row, or null.
Judgement* judgement_of(const ReadContext& context, const storage::Row& row) {
  const auto found = std::ranges::find(context.judgements, row.item_json, &Judgement::row_json);
  return found == context.judgements.end() ? nullptr : &*found;
}

const model::Item* item_or_null(const StoredItem& stored) { return stored.item ? &*stored.item : nullptr; }

Result<void> check_condition(const ItemWrite& write, const StoredItem& stored, const Judgement* judged) {
  if (!write.condition) return {};
  if (judged != nullptr ? judged->holds : expression::evaluate(*write.condition, item_or_null(stored))) return {};
  ApiError error{ErrorKind::kConditionalCheckFailed, "The conditional request failed"};
  if (write.failure_shows_item && stored.row) error.members = "\"Item\":" + stored.row->item_json;
  return error;
}

/// A condition that fails costs what the item would have.
ConsumedCapacity cost_of_refusal(const catalog::TablePointer& table, const StoredItem& stored) {
  ConsumedCapacity capacity;
  capacity.table = table;
  capacity.table_units = write_units(stored.row ? stored.row->item_size : 0);
  return capacity;
}

/// What is stored, if the condition holds for it.
Result<StoredItem> read_stored(const ReadContext& context, const ItemWrite& write, const catalog::TablePointer& table,
                               std::string_view row_key) {
  StoredItem stored;
  TRY_ASSIGN(stored.row, context.storage.read_row(table->definition.keyspace, row_key));
  if (write.only_new && stored.row) {
    return ApiError{ErrorKind::kDuplicateItem, "Duplicate primary key exists in table"};
  }
  Judgement* const judged = stored.row ? judgement_of(context, *stored.row) : nullptr;
  if (judged != nullptr) {
    stored.item = std::move(judged->item);
  } else if (stored.row && looks_inside(write)) {
    stored.item = json::read_stored_item(context.stored_parser, stored.row->item_json);
  }
  auto holds = check_condition(write, stored, judged);
  if (holds.has_error()) {
    if (context.limits != nullptr) context.limits->charge(Direction::kWrite, cost_of_refusal(table, stored));
    return std::move(holds).error();
  }
  return stored;
}

void note_throttled(const ReadContext& context, const model::TableDefinition& table,
                    const model::IndexDefinition* index, const model::Item& item) {
  if (context.contributors != nullptr && Contributors::counts(table))
    context.contributors->throttled(table, index, item);
}

Result<void> admit_write(const ReadContext& context, const model::TableDefinition& table, const model::Item& item) {
  if (context.limits == nullptr) return {};
  auto admitted = context.limits->admit(Direction::kWrite, table);
  if (admitted.has_error()) note_throttled(context, table, nullptr, item);
  return admitted;
}

/// A write waits for the global indexes whose entries it would change (developer guide, "GSI back pressure").
Result<void> admit_index_writes(const ReadContext& context, const PreparedWrite& prepared) {
  if (prepared.write().kind() == Kind::kConditionCheck) return {};
  const auto& definition = prepared.table()->definition;
  const auto& [row, item] = prepared.before();
  std::optional<model::Item> parsed;
  for (const auto& index : definition.indexes) {
    if (index.kind != model::IndexKind::kGlobal) continue;
    auto admitted = context.limits->admit(Direction::kWrite, definition, &index);
    if (admitted.has_value()) continue;
    if (row && !item && !parsed) parsed = json::read_stored_item(context.stored_parser, row->item_json);
    std::optional<KnownItem> before;
    std::optional<KnownItem> after;
    if (row) before.emplace(KnownItem{item ? *item : *parsed, row->item_json, row->item_size});
    if (const auto* made = prepared.after()) {
      after.emplace(KnownItem{*made, prepared.after_json(), prepared.after_size()});
    }
    if (!changes_entry(definition, index, before, after)) continue;
    note_throttled(context, definition, &index, after ? after->item : before->item);
    return admitted;
  }
  return {};
}

std::string stored_form(const model::Item& item, std::size_t size) {
  std::string text;
  text.reserve(size * 2);
  json::append_item(text, item);
  return text;
}

}  // namespace

const model::Item* PreparedWrite::after() const {
  switch (write_->kind()) {
    case Kind::kPut: return &write_->item();
    case Kind::kUpdate: return updated_ ? &*updated_ : nullptr;
    case Kind::kConditionCheck: return item_or_null(before_);
    case Kind::kDelete: break;
  }
  return nullptr;
}

Result<storage::EncodedKey> locate(const catalog::TableEntry& table, const ItemWrite& write) {
  const auto& definition = table.definition;
  if (write.kind() != Kind::kPut) return encode_request_key(definition.key_schema, write.item());
  TRY_ASSIGN(auto row_key, encode_item_key(definition.key_schema, write.item()));
  TRY(check_index_keys(definition, write.item()));
  return row_key;
}

Result<PreparedWrite> prepare(const ReadContext& context, catalog::TablePointer table, const ItemWrite& write) {
  TRY_ASSIGN(auto row_key, locate(*table, write));
  return prepare(context, std::move(table), std::move(row_key), write);
}

Result<PreparedWrite> prepare(const ReadContext& context, catalog::TablePointer table, storage::EncodedKey row_key,
                              const ItemWrite& write) {
  PreparedWrite prepared{write, std::move(table), std::move(row_key)};
  const auto& definition = prepared.table_->definition;
  if (context.ongoing != nullptr && context.ongoing->contains(context.group, definition.keyspace, prepared.row_key_)) {
    return transaction_conflict();
  }
  if (write.update) TRY(check_statement(*write.update, definition));
  TRY(admit_write(context, definition, write.item()));
  prepared.is_blind_ = may_be_blind(context, *prepared.table_, write);
  if (!prepared.is_blind_) {
    TRY_ASSIGN(prepared.before_, read_stored(context, write, prepared.table_, prepared.row_key_));
  }
  switch (write.kind()) {
    case Kind::kPut: prepared.after_size_ = write.item_size(); break;
    case Kind::kUpdate: {
      const auto* update = write.update ? &*write.update : nullptr;
      TRY_ASSIGN(prepared.updated_, updated_item(update, definition, item_or_null(prepared.before_), write.item()));
      if (!prepared.updated_) break;
      prepared.after_size_ = model::size_of(*prepared.updated_);
      TRY(check_updated_size(prepared.after_size_));
      break;
    }
    case Kind::kDelete:
    case Kind::kConditionCheck: break;
  }
  if (write.kind() != Kind::kConditionCheck && prepared.after() != nullptr) {
    prepared.after_json_ = stored_form(*prepared.after(), prepared.after_size_);
  }
  if (context.limits != nullptr) TRY(admit_index_writes(context, prepared));
  return prepared;
}

namespace {

/// The parts of a write, as its halves need them.
struct Change {
  const catalog::TableEntry& table;
  std::string_view row_key;
  const model::Item& key_attributes;  ///< any item that has them
  const StoredItem& before;
  const model::Item* after;
  std::string_view after_json;
  std::size_t after_size;
  streams::ChangeCause cause;

  [[nodiscard]] std::string_view before_json() const {
    return before.row ? std::string_view{before.row->item_json} : std::string_view{};
  }
  [[nodiscard]] std::size_t before_size() const { return before.row ? before.row->item_size : 0; }
};

/// Of a table that can be restored to a point in time, what was there before this second can still be asked for.
StorageResult<void> mark_time(const WriteContext& context, const catalog::TableEntry& table) {
  if (!table.definition.point_in_time_recovery) return {};
  return context.time_marks.before_write(context.clock.now());
}

StorageResult<void> write_row(const WriteContext& context, const Change& change) {
  const auto keyspace = change.table.definition.keyspace;
  const auto previous =
      change.before.row ? storage::PreviousRow::of_size(change.before_size()) : storage::PreviousRow::none();
  if (change.after == nullptr) return context.storage.erase_row(keyspace, change.row_key, previous);
  return context.storage.write_row(keyspace, change.row_key, change.after_json, change.after_size, previous);
}

/// What there was before a change, as a tree: made of its text if nobody has done that yet.
class ItemBefore {
 public:
  ItemBefore(json::Parser& parser, const Change& change) : parser_{parser}, change_{change} {}

  /// Null when there was nothing.
  const model::Item* get() {
    if (change_.before.item) return &*change_.before.item;
    if (!parsed_ && change_.before.row) parsed_ = json::read_stored_item(parser_, change_.before.row->item_json);
    return parsed_ ? &*parsed_ : nullptr;
  }

 private:
  json::Parser& parser_;
  const Change& change_;
  std::optional<model::Item> parsed_;
};

StorageResult<void> write_index_entries(const WriteContext& context, const Change& change, ItemBefore& item_before,
                                        ConsumedCapacity& capacity) {
  const auto& definition = change.table.definition;
  if (!definition.has_indexes()) return {};
  std::optional<KnownItem> before;
  std::optional<KnownItem> after;
  if (const auto* item = item_before.get())
    before.emplace(KnownItem{*item, change.before_json(), change.before_size()});
  if (change.after != nullptr) after.emplace(KnownItem{*change.after, change.after_json, change.after_size});
  auto updated = update_entries(context.storage, definition, before, after, capacity);
  if (updated.has_error()) return updated;
  return update_vector_entries(context.storage, &context.vectors, definition, before ? &before->item : nullptr,
                               change.after, capacity);
}

StorageResult<void> write_expiry(const WriteContext& context, const Change& change, ItemBefore& item_before) {
  const auto& time_to_live = change.table.definition.time_to_live;
  if (!time_to_live || time_to_live->keyspace == 0) return {};
  std::optional<TimePoint> before;
  std::optional<TimePoint> after;
  if (const auto* item = item_before.get()) before = expiry_of(*time_to_live, *item);
  if (change.after != nullptr) after = expiry_of(*time_to_live, *change.after);
  if (after && context.earliest != nullptr) context.earliest->note(*after);
  return update_expiry(context.storage, *time_to_live, change.row_key, before, after);
}

/// What a change leaves for the other regions.
StorageResult<void> note_for_others(const WriteContext& context, const Change& change,
                                    const streams::ItemChange& record) {
  const auto appended = context.stream_writer.append_change(*change.table.outgoing, record, context.clock.now());
  if (appended.has_error()) return appended.error();
  if (!*appended) return {};
  context.replicating.note(change.table.definition.keyspace);
  return note_unsent(context.storage, *change.table.definition.replication, change.row_key, **appended);
}

/// In the table's stream, in the log for a Kinesis stream, and in that for other regions.
StorageResult<void> write_stream_records(const WriteContext& context, const Change& change) {
  const bool is_sent = change.table.outgoing != nullptr && change.cause != streams::ChangeCause::kReplication;
  if (change.table.stream == nullptr && change.table.deliveries == nullptr && !is_sent) return {};
  const auto key = model::key_of(change.table.definition.key_schema, change.key_attributes);
  const auto keys_json = json::to_json(key);
  const streams::ItemChange record{.partition_hash = storage::partition_hash(change.row_key),
                                   .keys_json = keys_json,
                                   .keys_size = model::size_of(key),
                                   .old_item_json = change.before_json(),
                                   .old_item_size = change.before_size(),
                                   .new_item_json = change.after_json,
                                   .new_item_size = change.after_size,
                                   .cause = change.cause};
  for (const auto* const stream : {change.table.stream, change.table.deliveries}) {
    if (stream == nullptr) continue;
    const auto appended = context.stream_writer.append_change(*stream, record, context.clock.now());
    if (appended.has_error()) return appended.error();
  }
  return is_sent ? note_for_others(context, change, record) : StorageResult<void>{};
}

/// Row, entries, expiry and records, in this order.
StorageResult<void> make(const WriteContext& context, const Change& change, ConsumedCapacity& capacity) {
  if (auto marked = mark_time(context, change.table); marked.has_error()) return marked;
  if (auto row = write_row(context, change); row.has_error()) return row;
  ItemBefore item_before{context.stored_parser, change};
  if (auto entries = write_index_entries(context, change, item_before, capacity); entries.has_error()) return entries;
  if (auto expiry = write_expiry(context, change, item_before); expiry.has_error()) return expiry;
  return write_stream_records(context, change);
}

/// The same change in all other regions of a table whose replicas are never apart.
StorageResult<void> make_elsewhere(const WriteContext& context, const Change& change) {
  const auto& replication = change.table.definition.replication;
  if (!replication || !replication->is_strong || change.cause == streams::ChangeCause::kReplication) return {};
  for (const auto& replica : replication->others) {
    const auto table = context.replicating.tables().find_namesake(change.table.definition, replica.region);
    if (table == nullptr) continue;
    StoredItem before;
    auto row = context.storage.read_row(table->definition.keyspace, change.row_key);
    if (row.has_error()) return row.error();
    before.row = *std::move(row);
    const Change there{.table = *table,
                       .row_key = change.row_key,
                       .key_attributes = change.key_attributes,
                       .before = before,
                       .after = change.after,
                       .after_json = change.after_json,
                       .after_size = change.after_size,
                       .cause = streams::ChangeCause::kReplication};
    if (there.before_json() == there.after_json) continue;
    ConsumedCapacity not_charged;
    not_charged.table = table;
    if (auto made = make(context, there, not_charged); made.has_error()) return made;
  }
  return {};
}

}  // namespace

StorageResult<ConsumedCapacity> apply(const WriteContext& context, const PreparedWrite& prepared) {
  auto consumed = carry_out(context, prepared);
  if (consumed.has_error()) return consumed;
  if (context.limits != nullptr) context.limits->charge(Direction::kWrite, *consumed);
  if (context.contributors != nullptr && Contributors::counts(prepared.table()->definition)) {
    const auto* const item = prepared.after() != nullptr ? prepared.after() : item_or_null(prepared.before());
    context.contributors->consumed(*consumed, item != nullptr ? *item : prepared.write().item());
  }
  return consumed;
}

StorageResult<ConsumedCapacity> carry_out(const WriteContext& context, const PreparedWrite& prepared) {
  const auto& write = *prepared.write_;
  ConsumedCapacity capacity;
  capacity.table = prepared.table_;
  if (prepared.is_blind_) {
    capacity.table_units = write_units(prepared.after_size_);
    if (auto marked = mark_time(context, *prepared.table_); marked.has_error()) return marked.error();
    const auto written = context.storage.write_row(prepared.table_->definition.keyspace, prepared.row_key_,
                                                   prepared.after_json_, prepared.after_size_);
    if (written.has_error()) return written.error();
    return capacity;
  }
  const Change change{.table = *prepared.table_,
                      .row_key = prepared.row_key_,
                      .key_attributes = write.item(),
                      .before = prepared.before_,
                      .after = prepared.after(),
                      .after_json = prepared.after_json_,
                      .after_size = prepared.after_size_,
                      .cause = write.cause};
  capacity.table_units = write_units(std::max(change.before_size(), change.after_size));
  if (write.kind() == Kind::kConditionCheck || change.before_json() == change.after_json) return capacity;
  if (auto made = make(context, change, capacity); made.has_error()) return made.error();
  if (auto made = make_elsewhere(context, change); made.has_error()) return made.error();
  return capacity;
}

}  // namespace millrace::plan
