// All SQL of the store: its tables and every statement that touches them. The tables are explained, with the
// measurements behind them, in docs/storage-format.md.
#pragma once

#include "server/storage/sqlite/database.hpp"

namespace millrace::storage::sqlite {

/// Version of the tables below and of what they hold. A change that an older Millrace would misread raises it.
inline constexpr std::int64_t kFormatVersion = 2;
/// "MLRC": tells a Millrace database from other programs' SQLite files.
inline constexpr std::int64_t kApplicationId = 0x4D4C5243;

/// Creates the tables of an empty database.
inline constexpr Sql kSchema{R"(
  BEGIN IMMEDIATE;
  CREATE TABLE keyspaces(id INTEGER PRIMARY KEY AUTOINCREMENT);
  CREATE TABLE rows(
    keyspace INTEGER NOT NULL,
    key BLOB NOT NULL,
    item_size INTEGER NOT NULL,
    item TEXT NOT NULL,
    PRIMARY KEY(keyspace, key)) WITHOUT ROWID;
  CREATE TABLE logs(id INTEGER PRIMARY KEY AUTOINCREMENT);
  CREATE TABLE record_blocks(
    last_sequence INTEGER PRIMARY KEY,
    log INTEGER NOT NULL,
    records BLOB NOT NULL);
  CREATE INDEX blocks_of_log ON record_blocks(log);
  CREATE TABLE documents(
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY(kind, name)) WITHOUT ROWID;
  CREATE TABLE counters(name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counters(name, value) VALUES('last_reserved_sequence', 0);
  PRAGMA application_id = 1296847427;
  PRAGMA user_version = 2;
  COMMIT;
)"};

struct Statements {
  explicit Statements(Database& connection) : database{connection} {}

  Database& database;

  Statement begin{database, "BEGIN IMMEDIATE"};
  Statement commit{database, "COMMIT"};
  Statement rollback{database, "ROLLBACK"};

  Statement create_keyspace{database, "INSERT INTO keyspaces DEFAULT VALUES RETURNING id"};
  Statement drop_keyspace{database, "DELETE FROM keyspaces WHERE id = ?1"};
  Statement list_keyspaces{database, "SELECT id FROM keyspaces"};

  Statement read_row{database, "SELECT item, item_size FROM rows WHERE keyspace = ?1 AND key = ?2"};
  Statement write_row{database, "REPLACE INTO rows(keyspace, key, item_size, item) VALUES(?1, ?2, ?3, ?4)"};
  Statement erase_row{database, "DELETE FROM rows WHERE keyspace = ?1 AND key = ?2"};
  Statement erase_rows{database, "DELETE FROM rows WHERE keyspace = ?1"};
  Statement measure_rows{database, "SELECT count(*), ifnull(sum(item_size), 0) FROM rows WHERE keyspace = ?1"};
  Statement scan_up{database, "SELECT key, item, item_size FROM rows WHERE keyspace = ?1 AND key >= ?2 ORDER BY key"};
  Statement scan_down{database,
                      "SELECT key, item, item_size FROM rows WHERE keyspace = ?1 AND key >= ?2 ORDER BY key DESC"};
  Statement scan_range_up{database,
                          "SELECT key, item, item_size FROM rows WHERE keyspace = ?1 AND key >= ?2 AND key < ?3 "
                          "ORDER BY key"};
  Statement scan_range_down{database,
                            "SELECT key, item, item_size FROM rows WHERE keyspace = ?1 AND key >= ?2 AND key < ?3 "
                            "ORDER BY key DESC"};

  Statement create_log{database, "INSERT INTO logs DEFAULT VALUES RETURNING id"};
  Statement drop_log{database, "DELETE FROM logs WHERE id = ?1"};
  Statement list_logs{database, "SELECT id FROM logs"};

  // The index on `log` is ordered by last_sequence too, as that is the rowid.
  Statement add_block{database, "INSERT INTO record_blocks(last_sequence, log, records) VALUES(?1, ?2, ?3)"};
  Statement read_blocks{database,
                        "SELECT records FROM record_blocks WHERE log = ?1 AND last_sequence > ?2 "
                        "ORDER BY last_sequence"};
  Statement first_block{database,
                        "SELECT last_sequence, records FROM record_blocks WHERE log = ?1 "
                        "ORDER BY last_sequence LIMIT 1"};
  Statement replace_block{database, "UPDATE record_blocks SET records = ?2 WHERE last_sequence = ?1"};
  Statement trim_blocks{database, "DELETE FROM record_blocks WHERE log = ?1 AND last_sequence <= ?2"};
  Statement erase_blocks{database, "DELETE FROM record_blocks WHERE log = ?1"};
  Statement last_sequence{database, "SELECT max(last_sequence) FROM record_blocks WHERE log = ?1"};

  Statement last_reserved_sequence{database, "SELECT value FROM counters WHERE name = 'last_reserved_sequence'"};
  Statement reserve_sequences{database, "UPDATE counters SET value = ?1 WHERE name = 'last_reserved_sequence'"};

  Statement read_document{database, "SELECT text FROM documents WHERE kind = ?1 AND name = ?2"};
  Statement write_document{database, "REPLACE INTO documents(kind, name, text) VALUES(?1, ?2, ?3)"};
  Statement erase_document{database, "DELETE FROM documents WHERE kind = ?1 AND name = ?2"};
  Statement scan_documents{database, "SELECT name, text FROM documents WHERE kind = ?1 ORDER BY name"};
};

}  // namespace millrace::storage::sqlite
