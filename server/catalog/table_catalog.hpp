// All tables of the database, in memory, each mirrored in a document of kind "table". It knows what a table is, not
// what may be done to it: the operations check, then call put() or remove().
//
// Every account has tables of its own in every region, and there is no looking for a table without saying whose: a
// request looks through WorldTables, which shows it those of its caller.
//
// Threads: as Storage, only inside a storage::GroupCommit entry. The snapshots it hands out are immutable and may
// leave the entry; `TableEntry::stream` may be followed only inside.
// Transactions: put() and remove() write in the caller's transaction. When that transaction fails to commit, the
// catalog is ahead of the database until load() is called again.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "server/base/first_sightings.hpp"
#include "server/base/result.hpp"
#include "server/model/caller.hpp"
#include "server/model/table_definition.hpp"
#include "server/model/table_reference.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::catalog {

/// A table as operations see it: its definition and what follows from it.
struct TableEntry {
  model::TableDefinition definition;
  const streams::StreamDescriptor* stream{nullptr};      ///< the enabled stream, or null
  const streams::StreamDescriptor* deliveries{nullptr};  ///< the open log of changes for a Kinesis stream, or null
  const streams::StreamDescriptor* outgoing{nullptr};    ///< the log of changes for other replicas, or null
  bool has_local_index{false};
};
using TablePointer = std::shared_ptr<const TableEntry>;

class TableCatalog;

/// The tables that a caller sees. Made for one use within a request: catalog and caller outlive it.
class WorldTables {
 public:
  WorldTables(const TableCatalog& catalog, const model::Caller& caller) : catalog_{catalog}, caller_{caller} {}

  [[nodiscard]] const model::Caller& caller() const { return caller_; }

  /// The table called `name`, or null. No allocation.
  [[nodiscard]] TablePointer find(std::string_view name) const;

  /// The table that an operation on items names. Errors: ResourceNotFoundException `Requested resource not found`,
  /// which says for an ARN of another account or region where that is, and where this is, and for the ARN of an index
  /// or a stream that it is no table's. A table that is being made, restored, imported, filled as a replica or deleted
  /// is not found either.
  [[nodiscard]] Result<TablePointer> require(const model::TableReference& table) const;

  /// The same for operations on tables. Errors: ResourceNotFoundException `Requested resource not found: Table: T not
  /// found`.
  [[nodiscard]] Result<TablePointer> require_named(const model::TableReference& table) const;

  /// require_named() for what would change the table. Errors: also ResourceInUseException while it is not ACTIVE.
  [[nodiscard]] Result<TablePointer> require_settled(const model::TableReference& table) const;

  /// Refuses what can be no table here, as require() does: for what is about to be made under it.
  [[nodiscard]] Result<void> check_place(const model::TableReference& table) const;

  /// At most `limit` names greater than `after`, ascending by bytes.
  [[nodiscard]] std::vector<std::string> names_after(std::string_view after, std::size_t limit) const;

 private:
  const TableCatalog& catalog_;
  const model::Caller& caller_;
};

class TableCatalog {
 public:
  /// Both outlive the catalog.
  TableCatalog(storage::Storage& storage, const streams::StreamCatalog& streams)
      : storage_{storage}, streams_{streams} {}

  /// Reads every table from the database: once at the start, and again after a transaction with changes was lost. The
  /// stream catalog must have been loaded before. Errors: kCorrupt when a document makes no sense.
  StorageResult<void> load();

  /// What `caller` sees of it; both outlive the view.
  [[nodiscard]] WorldTables of(const model::Caller& caller) const { return {*this, caller}; }

  /// Adds or replaces the table of that ARN, which says whose it is. When `definition.stream_view` is set, the stream
  /// `latest_stream_arn` must be in the stream catalog already.
  StorageResult<TablePointer> put(model::TableDefinition definition);

  /// Forgets the table. Its keyspaces and its stream are the caller's to drop.
  StorageResult<void> remove(const model::TableDefinition& table);

  /// A table with an index that is still being filled, or null.
  [[nodiscard]] TablePointer find_backfilling() const;

  /// A table that is being restored, or null.
  [[nodiscard]] TablePointer find_being_restored() const;
  /// All that are, and all that can be restored to a point in time, in the order of their ARNs.
  [[nodiscard]] std::vector<TablePointer> being_restored() const;
  [[nodiscard]] std::vector<TablePointer> with_point_in_time_recovery() const;
  /// Of the tables whose change takes its time, the one whose time is over first, or null.
  [[nodiscard]] TablePointer next_to_settle() const;
  /// All that are replicas, in the order of their ARNs; and one of those that are being filled, or null.
  [[nodiscard]] std::vector<TablePointer> replicated() const;
  [[nodiscard]] bool any_replicated() const { return !replicated_.empty(); }
  [[nodiscard]] TablePointer find_being_replicated() const;
  /// What there is in `region` under the name of `table`, in its account, or null: a replica finds the others so.
  [[nodiscard]] TablePointer find_namesake(const model::TableDefinition& table, std::string_view region) const;
  /// The table whose items lie in the keyspace, or null.
  [[nodiscard]] TablePointer find_with_rows(model::KeyspaceId keyspace) const;

  /// The tables whose items expire, in the order of their ARNs; and one of those of which it is not known yet when.
  [[nodiscard]] std::vector<TablePointer> expiring() const;
  [[nodiscard]] bool any_expiring() const { return !expiring_.empty(); }
  [[nodiscard]] TablePointer find_with_unknown_expiries() const;

  /// How many tables there are that `caller` does not see.
  [[nodiscard]] std::size_t count_elsewhere(const model::Caller& caller) const;

 private:
  friend class WorldTables;

  struct NameHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view name) const { return std::hash<std::string_view>{}(name); }
  };
  struct Tables {
    std::unordered_map<std::string, TablePointer, NameHash, std::equal_to<>> by_name;
    std::set<std::string, std::less<>> names;  ///< in order
  };

  [[nodiscard]] TablePointer make_entry(model::TableDefinition definition) const;
  void keep(TablePointer entry);
  [[nodiscard]] const Tables* find_world(const model::Account& account) const;
  /// Logs, once, that a table that was not found is in another world: which region a client has is easily overlooked.
  void tell_if_elsewhere(std::string_view name, const model::Account& looked_in) const;

  storage::Storage& storage_;
  const streams::StreamCatalog& streams_;
  std::map<model::Account, Tables> worlds_;                       ///< those with tables
  std::map<std::string, TablePointer, std::less<>> backfilling_;  ///< by ARN, those with an index that is being filled
  std::map<std::string, TablePointer, std::less<>> expiring_;     ///< by ARN, those with a time to live
  std::unordered_map<model::KeyspaceId, TablePointer> by_rows_;   ///< by the keyspace of their items
  std::map<std::string, TablePointer, std::less<>> restoring_;    ///< by ARN, those that are being restored
  std::map<std::string, TablePointer, std::less<>> changing_;     ///< by ARN, those with a transition
  std::map<std::string, TablePointer, std::less<>> recoverable_;  ///< by ARN, those with point-in-time recovery
  std::map<std::string, TablePointer, std::less<>> replicated_;   ///< by ARN, the replicas of global tables
  std::map<std::string, TablePointer, std::less<>> replicating_;  ///< of those, the ones that are being filled
  std::map<std::string, TablePointer, std::less<>> filling_;      ///< of those, the ones with unknown expiries
  mutable base::FirstSightings told_;
};

}  // namespace millrace::catalog
