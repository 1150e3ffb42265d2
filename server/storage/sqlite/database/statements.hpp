// All SQL of the store: its tables and every statement that touches them. The tables are explained, with the
// measurements behind them, in docs/storage-format.md.
#pragma once

#include "server/storage/sqlite/database/database.hpp"

namespace millrace::storage::sqlite {

/// Version of the tables below and of what they hold. A change that an older Millrace would misread raises it.
inline constexpr std::int64_t kFormatVersion = 5;
/// The oldest version that is brought up to it when a file is opened.
inline constexpr std::int64_t kOldestFormatVersion = 2;
/// As keyspaces.row_count: the counters are in the memory of the process that has the file, or were lost with it.
inline constexpr std::int64_t kCountersNotNoted = -1;
/// "MLRC": tells a Millrace database from other programs' SQLite files.
inline constexpr std::int64_t kApplicationId = 0x4D4C5243;

/// Creates the tables of an empty database.
inline constexpr Sql kSchema{R"(
  BEGIN IMMEDIATE;
  CREATE TABLE keyspaces(
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    row_count INTEGER NOT NULL DEFAULT 0,
    item_bytes INTEGER NOT NULL DEFAULT 0,
    history_from INTEGER NOT NULL DEFAULT 0);
  CREATE TABLE dropped_keyspaces(id INTEGER PRIMARY KEY);
  CREATE TABLE rows(
    keyspace INTEGER NOT NULL,
    key BLOB NOT NULL,
    item_size INTEGER NOT NULL,
    item TEXT NOT NULL,
    checksum INTEGER,
    PRIMARY KEY(keyspace, key)) WITHOUT ROWID;
  CREATE TABLE history(
    keyspace INTEGER NOT NULL,
    until INTEGER NOT NULL,
    key BLOB NOT NULL,
    item_size INTEGER NOT NULL,
    item TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY(keyspace, until, key)) WITHOUT ROWID;
  CREATE UNIQUE INDEX history_of_rows ON history(keyspace, key, until);
  CREATE TABLE forgotten_history(keyspace INTEGER PRIMARY KEY, up_to INTEGER NOT NULL);
  CREATE TABLE logs(id INTEGER PRIMARY KEY AUTOINCREMENT);
  CREATE TABLE dropped_logs(id INTEGER PRIMARY KEY);
  CREATE TABLE record_blocks(
    last_sequence INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    records BLOB NOT NULL,
    checksum INTEGER);
  CREATE INDEX blocks_of_log ON record_blocks(log);
  CREATE TABLE documents(
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    checksum INTEGER,
    PRIMARY KEY(kind, name)) WITHOUT ROWID;
  CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counters(name, value) VALUES('last_reserved_sequence', 0);
  PRAGMA application_id = 1296847427;
  PRAGMA user_version = 5;
  COMMIT;
)"};

/// Format 2 had neither counters nor checksums. The opening counts; what has no checksum is not checked until it is
/// written again.
inline constexpr Sql kMigrationFromFormat2{R"(
  BEGIN IMMEDIATE;
  ALTER TABLE keyspaces ADD COLUMN row_count INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE keyspaces ADD COLUMN item_bytes INTEGER NOT NULL DEFAULT 0;
  UPDATE keyspaces SET row_count = -1;
  CREATE TABLE dropped_keyspaces(id INTEGER PRIMARY KEY);
  CREATE TABLE dropped_logs(id INTEGER PRIMARY KEY);
  ALTER TABLE rows ADD COLUMN checksum INTEGER;
  ALTER TABLE record_blocks ADD COLUMN checksum INTEGER;
  ALTER TABLE documents ADD COLUMN checksum INTEGER;
  PRAGMA user_version = 3;
  COMMIT;
)"};

/// Format 3 held the tables and functions of one account in one region. Its tables are as they are now: those who
/// write documents name theirs anew (docs/storage-format.md).
inline constexpr Sql kMigrationFromFormat3{"PRAGMA user_version = 4"};

/// Format 4 had no history.
inline constexpr Sql kMigrationFromFormat4{R"(
  BEGIN IMMEDIATE;
  ALTER TABLE keyspaces ADD COLUMN history_from INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE history(
    keyspace INTEGER NOT NULL,
    until INTEGER NOT NULL,
    key BLOB NOT NULL,
    item_size INTEGER NOT NULL,
    item TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    PRIMARY KEY(keyspace, until, key)) WITHOUT ROWID;
  CREATE UNIQUE INDEX history_of_rows ON history(keyspace, key, until);
  CREATE TABLE forgotten_history(keyspace INTEGER PRIMARY KEY, up_to INTEGER NOT NULL);
  PRAGMA user_version = 5;
  COMMIT;
)"};

struct Statements {
  /// `read_checksums`: rows and blocks are read with their checksums, as their last column; without them a read costs
  /// less.
  Statements(Database& connection, bool read_checksums) : database{connection}, checked{read_checksums} {}

  Database& database;
  const bool checked;

  Statement begin{database, "BEGIN IMMEDIATE"};
  Statement commit{database, "COMMIT"};
  Statement rollback{database, "ROLLBACK"};

  // Without RETURNING, for which SQLite makes a temporary table each time: half a millisecond.
  Statement create_keyspace{database, "INSERT INTO keyspaces DEFAULT VALUES"};
  Statement drop_keyspace{database, "DELETE FROM keyspaces WHERE id = ?1"};
  Statement list_keyspaces{database, "SELECT id, row_count, item_bytes, history_from FROM keyspaces"};
  Statement write_counters{database, "UPDATE keyspaces SET row_count = ?2, item_bytes = ?3 WHERE id = ?1"};

  Statement read_row{database, checked
                                   ? Sql{"SELECT item, item_size, checksum FROM rows WHERE keyspace = ?1 AND key = ?2"}
                                   : Sql{"SELECT item, item_size FROM rows WHERE keyspace = ?1 AND key = ?2"}};
  // Items beyond 16 KB are not read: their pages lie elsewhere.
  Statement row_before{database,
                       "SELECT key, CASE WHEN item_size <= 16384 THEN item END, item_size, checksum FROM rows "
                       "WHERE keyspace = ?1 AND key < ?2 ORDER BY key DESC LIMIT 1"};
  Statement row_behind{database,
                       "SELECT key, CASE WHEN item_size <= 16384 THEN item END, item_size, checksum FROM rows "
                       "WHERE keyspace = ?1 AND key > ?2 ORDER BY key LIMIT 1"};
  Statement sizes_of_rows{database, "SELECT item_size FROM rows WHERE keyspace = ?1"};
  Statement size_of_row{database, "SELECT item_size FROM rows WHERE keyspace = ?1 AND key = ?2"};
  // Not REPLACE: that removes the old row from its page and inserts another, where these write over it.
  Statement write_row{database,
                      "INSERT INTO rows(keyspace, key, item_size, item, checksum) VALUES(?1, ?2, ?3, ?4, ?5) "
                      "ON CONFLICT DO UPDATE SET item_size = note_replaced(item_size, ?3), item = ?4, checksum = ?5"};
  Statement rewrite_row{database,
                        "UPDATE rows SET item_size = ?3, item = ?4, checksum = ?5 WHERE keyspace = ?1 AND key = ?2"};
  Statement erase_row{database, "DELETE FROM rows WHERE keyspace = ?1 AND key = ?2"};
  // Each has the bound that it starts from; where to stop, the visitor sees by the keys, for less than SQLite takes.
  Statement scan_up{database, checked ? Sql{"SELECT 1 FROM rows WHERE keyspace = ?1 AND key >= ?2 "
                                            "AND show(key, item, item_size, checksum) ORDER BY key"}
                                      : Sql{"SELECT 1 FROM rows WHERE keyspace = ?1 AND key >= ?2 "
                                            "AND show(key, item, item_size) ORDER BY key"}};
  Statement scan_down{database, checked ? Sql{"SELECT 1 FROM rows WHERE keyspace = ?1 AND key < ?2 "
                                              "AND show(key, item, item_size, checksum) ORDER BY key DESC"}
                                        : Sql{"SELECT 1 FROM rows WHERE keyspace = ?1 AND key < ?2 "
                                              "AND show(key, item, item_size) ORDER BY key DESC"}};
  Statement scan_down_from_last{database, checked ? Sql{"SELECT 1 FROM rows WHERE keyspace = ?1 "
                                                        "AND show(key, item, item_size, checksum) ORDER BY key DESC"}
                                                  : Sql{"SELECT 1 FROM rows WHERE keyspace = ?1 "
                                                        "AND show(key, item, item_size) ORDER BY key DESC"}};

  Statement note_history{database, "UPDATE keyspaces SET history_from = ?2 WHERE id = ?1"};
  // What the first of several writes before the same number has found stays.
  Statement keep_past_row{database,
                          "INSERT INTO history(keyspace, until, key, item_size, item, checksum) "
                          "VALUES(?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT DO NOTHING"};
  Statement past_row{database,
                     "SELECT until, item_size, item, checksum FROM history INDEXED BY history_of_rows "
                     "WHERE keyspace = ?1 AND key = ?2 AND until > ?3 ORDER BY until LIMIT 1"};
  // One search for each key, however many rows are kept of it.
  Statement past_key_from{database,
                          "SELECT key FROM history INDEXED BY history_of_rows "
                          "WHERE keyspace = ?1 AND key >= ?2 ORDER BY key LIMIT 1"};
  Statement past_key_before{database,
                            "SELECT key FROM history INDEXED BY history_of_rows "
                            "WHERE keyspace = ?1 AND key < ?2 ORDER BY key DESC LIMIT 1"};
  // ?2 is empty, which no key is below.
  Statement last_past_key{database,
                          "SELECT key FROM history INDEXED BY history_of_rows "
                          "WHERE keyspace = ?1 AND key >= ?2 ORDER BY key DESC LIMIT 1"};

  Statement note_dropped_keyspace{database, "INSERT INTO dropped_keyspaces(id) VALUES(?1)"};
  Statement forget_dropped_keyspace{database, "DELETE FROM dropped_keyspaces WHERE id = ?1"};
  Statement list_dropped_keyspaces{database, "SELECT id FROM dropped_keyspaces ORDER BY id"};
  Statement first_rows{database, "SELECT key, item_size FROM rows WHERE keyspace = ?1 ORDER BY key"};
  Statement erase_rows_through{database, "DELETE FROM rows WHERE keyspace = ?1 AND key <= ?2"};
  Statement note_forgotten_history{database,
                                   "INSERT INTO forgotten_history(keyspace, up_to) VALUES(?1, ?2) "
                                   "ON CONFLICT DO UPDATE SET up_to = max(up_to, ?2)"};
  Statement forget_forgotten_history{database, "DELETE FROM forgotten_history WHERE keyspace = ?1"};
  Statement list_forgotten_history{database, "SELECT keyspace, up_to FROM forgotten_history ORDER BY keyspace"};
  Statement first_past_rows{database,
                            "SELECT until, key, item_size FROM history WHERE keyspace = ?1 AND until <= ?2 "
                            "ORDER BY until, key"};
  Statement erase_past_rows_through{database, "DELETE FROM history WHERE keyspace = ?1 AND (until, key) <= (?2, ?3)"};
  Statement note_dropped_log{database, "INSERT INTO dropped_logs(id) VALUES(?1)"};
  Statement forget_dropped_log{database, "DELETE FROM dropped_logs WHERE id = ?1"};
  Statement list_dropped_logs{database, "SELECT id FROM dropped_logs ORDER BY id"};
  Statement first_blocks{database, "SELECT last_sequence FROM record_blocks WHERE log = ?1 ORDER BY last_sequence"};
  // One row for each page that is moved or cut off; nothing in a database without auto-vacuum.
  Statement vacuum{database, "PRAGMA incremental_vacuum(256)"};

  Statement create_log{database, "INSERT INTO logs DEFAULT VALUES"};
  Statement drop_log{database, "DELETE FROM logs WHERE id = ?1"};
  Statement list_logs{database, "SELECT id FROM logs"};

  // The index on `log` is ordered by last_sequence too, as that is the rowid.
  Statement add_block{database,
                      "INSERT INTO record_blocks(last_sequence, log, records, checksum) VALUES(?1, ?2, ?3, ?4)"};
  Statement read_blocks{database, checked ? Sql{"SELECT 1 FROM record_blocks WHERE log = ?1 AND last_sequence > ?2 "
                                                "AND show(last_sequence, records, checksum) ORDER BY last_sequence"}
                                          : Sql{"SELECT 1 FROM record_blocks WHERE log = ?1 AND last_sequence > ?2 "
                                                "AND show(last_sequence, records) ORDER BY last_sequence"}};
  Statement next_block{database,
                       "SELECT last_sequence FROM record_blocks WHERE log = ?1 AND last_sequence > ?2 "
                       "ORDER BY last_sequence LIMIT 1"};
  Statement first_block{database,
                        "SELECT last_sequence, records, checksum FROM record_blocks WHERE log = ?1 "
                        "ORDER BY last_sequence LIMIT 1"};
  Statement replace_block{database, "UPDATE record_blocks SET records = ?2, checksum = ?3 WHERE last_sequence = ?1"};
  Statement trim_blocks{database, "DELETE FROM record_blocks WHERE log = ?1 AND last_sequence <= ?2"};
  Statement last_sequence{database, "SELECT max(last_sequence) FROM record_blocks WHERE log = ?1"};

  Statement last_reserved_sequence{database, "SELECT value FROM counters WHERE name = 'last_reserved_sequence'"};
  Statement reserve_sequences{database, "UPDATE counters SET value = ?1 WHERE name = 'last_reserved_sequence'"};

  Statement read_document{database, "SELECT text, checksum FROM documents WHERE kind = ?1 AND name = ?2"};
  Statement write_document{database, "REPLACE INTO documents(kind, name, text, checksum) VALUES(?1, ?2, ?3, ?4)"};
  Statement erase_document{database, "DELETE FROM documents WHERE kind = ?1 AND name = ?2"};
  Statement scan_documents{database, "SELECT name, text, checksum FROM documents WHERE kind = ?1 ORDER BY name"};
};

}  // namespace millrace::storage::sqlite
