// SQLite in three small types with three lifetimes: a Database is one open connection, a Statement is SQL prepared once
// and kept, a Query is one execution on the stack. Nothing of the C API shows in this header.
//
// SQL is given as literals only; values are bound. What the world can cause comes back as StorageError; what only our
// own mistake can cause (bad SQL, wrong order of calls, a constraint) throws std::logic_error.
// Threads: none of this is synchronised.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

struct sqlite3;
struct sqlite3_stmt;
struct sqlite3_value;

namespace millrace::storage::sqlite {

// clang 14, which fuzzes, dies of a consteval constructor in a member's initialiser; the other compilers hold the rule.
#if defined(__clang__) && __clang_major__ < 15
#define MILLRACE_ONLY_AT_COMPILE_TIME constexpr
#else
#define MILLRACE_ONLY_AT_COMPILE_TIME consteval
#endif

/// A string literal, and nothing that was put together at run time.
class Sql {
 public:
  template <std::size_t N>
  MILLRACE_ONLY_AT_COMPILE_TIME Sql(const char (&literal)[N])  // NOLINT: implicit, so that literals read as SQL
      : text_{literal, N - 1} {}

  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::string_view text_;
};

/// A row that Query::show() shows: the values that the statement gives to show(), from 0. Views live until the visitor
/// returns.
class ShownRow {
 public:
  explicit ShownRow(sqlite3_value** values) : values_{values} {}

  [[nodiscard]] std::int64_t integer(int at) const;
  [[nodiscard]] std::string_view bytes(int at) const;  ///< of a TEXT or a BLOB
  [[nodiscard]] bool is_null(int at) const;

 private:
  sqlite3_value** values_;
};

/// How far a checkpoint has come, in pages of the write-ahead log.
struct CopiedLog {
  std::size_t pages{0};   ///< committed
  std::size_t copied{0};  ///< of these, in the database by now
};

/// One connection. Not movable: statements hold on to it, and must be gone before it is.
class Database {
 public:
  /// Opens the database in `path`, creating the file when it is not there, or a private in-memory one when `path` is
  /// empty. A file that has been read from belongs to this process until its last connection is closed. Errors: kIo
  /// with path, user id and the system's reason.
  static StorageResult<std::unique_ptr<Database>> open(const std::string& path);

  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  /// Executes statements that return nothing of interest, one after another.
  StorageResult<void> run(Sql sql);

  /// How many rows the last INSERT, UPDATE or DELETE has written or removed.
  [[nodiscard]] std::int64_t changed_rows() const;

  /// The rowid of the last INSERT that succeeded.
  [[nodiscard]] std::int64_t last_inserted_id() const;

  /// False after an error that made SQLite roll back by itself, too.
  [[nodiscard]] bool in_transaction() const;

  /// True when the file could only be opened for reading.
  [[nodiscard]] bool is_read_only() const;

  /// Has `committed` called after each transaction of this connection, with the number of pages in the write-ahead log.
  /// SQLite makes no checkpoints on this connection by itself from now on. Must not throw.
  void on_log_commit(std::function<void(std::size_t)> committed);
  /// Copies pages of the write-ahead log into the database, as many as nobody else's use of it forbids: all, unless
  /// another connection reads or writes meanwhile. Returns when the disk has what was copied.
  StorageResult<CopiedLog> checkpoint();

 private:
  friend class Statement;
  friend class Query;
  /// A show() that runs.
  struct Showing {
    bool (*show)(const void* visitor, const ShownRow& row);
    const void* visitor;
    std::exception_ptr thrown;
  };

  Database(sqlite3* connection, std::string name) : connection_{connection}, name_{std::move(name)} {}

  StorageResult<void> sync_file();
  /// Defines show() and note_replaced(), which Query explains.
  StorageResult<void> define_functions();

  /// The StorageError of the failure just reported with `code`. Throws when the failure is a bug of ours.
  [[nodiscard]] StorageError error(int code, std::string_view doing) const;

  sqlite3* const connection_;
  const std::string name_;     ///< for messages
  Showing* showing_{nullptr};  ///< of the query that is within show()
  std::optional<std::int64_t> replaced_;
  std::function<void(std::size_t)> committed_;
};

/// SQL prepared on first use and kept until the end.
class Statement {
 public:
  Statement(Database& database, Sql sql) : database_{database}, sql_{sql} {}
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

 private:
  friend class Query;
  StorageResult<void> prepare();

  Database& database_;
  const Sql sql_;
  sqlite3_stmt* handle_{nullptr};
  bool in_use_{false};
};

/// Marks a bound value as a BLOB; a plain string_view is bound as TEXT.
struct Blob {
  std::string_view bytes;
};

/// One execution of a statement. Values are bound, not copied: they must live as long as the query. One query per
/// statement at a time.
class Query {
 public:
  /// Binds `values` to ?1, ?2, …: std::int64_t, std::string_view (UTF-8 text) or Blob.
  template <class... Values>
  explicit Query(Statement& statement, const Values&... values) : statement_{statement} {
    start();
    [[maybe_unused]] int index = 0;
    if (status_.has_value()) (bind(++index, values), ...);
  }
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  /// Goes to the next row; false after the last one.
  StorageResult<bool> next();

  /// Executes a statement that gives no rows.
  StorageResult<void> run();

  /// Executes a statement of the form `SELECT 1 FROM … WHERE … AND show(a, b, …)`: `visit` is called with the ShownRow
  /// of each row and says whether to go on. SQLite calls back from within, so that a row costs a fifth less than by
  /// next(). The visitor may use other statements. What it throws comes out here.
  template <class Visit>
  StorageResult<void> show(const Visit& visit) {
    Database::Showing showing{[](const void* visitor, const ShownRow& row) {
                                return static_cast<bool>((*static_cast<const Visit*>(visitor))(row));
                              },
                              &visit, nullptr};
    return show(showing);
  }

  /// Executes an upsert that sets a column to `note_replaced(column, …)`, which is its second value: returns what the
  /// column was before, nothing when the row was inserted. So nobody has to look before, which would be another search.
  StorageResult<std::optional<std::int64_t>> upsert();

  /// The columns of the current row, from 0. Views live until next() or the end of the query.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;  ///< of a TEXT or a BLOB
  [[nodiscard]] bool is_null(int column) const;

 private:
  StorageResult<void> show(Database::Showing& showing);
  void start();
  void bind(int index, std::int64_t value);
  void bind(int index, std::string_view value);
  void bind(int index, Blob value);
  void check_bound(int code);

  Statement& statement_;
  StorageResult<void> status_;
};

}  // namespace millrace::storage::sqlite
