#include "server/storage/sqlite/database/database.hpp"

#include <fmt/format.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <thread>
#include <utility>

#include "server/storage/sqlite/database/page_cache.hpp"

namespace millrace::storage::sqlite {
namespace {

// Process-wide and only possible before the first connection. Keeping count of memory would cost a lock per allocation.
void configure_library_once() {
  static const bool configured = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0) == SQLITE_OK && install_page_cache();
  if (!configured) throw std::logic_error{"sqlite3_config was called too late"};
}

// SQLite's file system layer with which the first reading locks a file against other processes, and the connections
// within this one share what they have to know of the write-ahead log in memory.
constexpr const char* kOneProcess = "unix-excl";

constexpr int kCheckpointAttempts = 1000;

// Primary codes that are missing here can only come from our own mistakes.
std::optional<StorageErrorKind> kind_of(int code) {
  switch (code) {  // extended codes that mean something else than their primary one
    case SQLITE_IOERR_NOMEM: return StorageErrorKind::kOutOfMemory;
    case SQLITE_IOERR_CORRUPTFS:
    case SQLITE_IOERR_DATA: return StorageErrorKind::kCorrupt;
    case SQLITE_READONLY_DBMOVED: return StorageErrorKind::kFileGone;
    default: break;
  }
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return StorageErrorKind::kBusy;
    case SQLITE_FULL: return StorageErrorKind::kFull;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return StorageErrorKind::kCorrupt;
    case SQLITE_NOMEM: return StorageErrorKind::kOutOfMemory;
    case SQLITE_READONLY:
    case SQLITE_PERM: return StorageErrorKind::kReadOnly;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
    case SQLITE_NOLFS: return StorageErrorKind::kIo;
    default: return std::nullopt;
  }
}

bool is_of_a_file(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG || error == EROFS; }

// What SQLite calls an I/O error, and the system a limit or a missing right.
std::optional<StorageErrorKind> kind_of_system_error(int error) {
  switch (error) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG: return StorageErrorKind::kFull;
    case EROFS:
    case EACCES:
    case EPERM: return StorageErrorKind::kReadOnly;
    case ENOMEM: return StorageErrorKind::kOutOfMemory;
    default: return std::nullopt;
  }
}

// Enough of `sql` to recognise it by.
std::string_view first_line(std::string_view sql) {
  sql.remove_prefix(std::min(sql.find_first_not_of(" \n"), sql.size()));
  return sql.substr(0, sql.find('\n'));
}

// SQLite binds NULL for a null pointer, and an empty string_view may have one.
const char* data_of(std::string_view bytes) { return bytes.data() == nullptr ? "" : bytes.data(); }

std::string_view bytes_of(sqlite3_value* value) {
  // As blob and not as text: the latter copies to add a terminating zero.
  const void* const data = sqlite3_value_blob(value);
  const auto size = static_cast<std::size_t>(sqlite3_value_bytes(value));
  return {static_cast<const char*>(data), data == nullptr ? 0 : size};
}

}  // namespace

StorageResult<std::unique_ptr<Database>> Database::open(const std::string& path) {
  configure_library_once();
  sqlite3* connection = nullptr;
  // Each connection is used under a lock of ours: SQLite's own mutexes would only cost time.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int code = sqlite3_open_v2(path.empty() ? ":memory:" : path.c_str(), &connection, flags,
                                   path.empty() ? nullptr : kOneProcess);
  if (connection == nullptr)
    return StorageError{StorageErrorKind::kOutOfMemory, "out of memory while opening a database"};
  std::unique_ptr<Database> database{new Database{connection, path.empty() ? "the ephemeral database" : path}};
  if (code != SQLITE_OK) return database->error(code, "opening the database");
  if (const auto defined = database->define_functions(); defined.has_error()) return defined.error();
  return database;
}

Database::~Database() { sqlite3_close_v2(connection_); }

StorageResult<void> Database::run(Sql sql) {
  const int code = sqlite3_exec(connection_, sql.text().data(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code, sql.text());
  return {};
}

StorageResult<void> Database::define_functions() {
  // Called from C, through which nothing must be thrown.
  const auto show = [](sqlite3_context* context, int, sqlite3_value** values) noexcept {
    Showing& showing = *static_cast<Database*>(sqlite3_user_data(context))->showing_;
    bool goes_on = false;
    try {
      goes_on = showing.show(showing.visitor, ShownRow{values});
    } catch (...) {
      showing.thrown = std::current_exception();
    }
    sqlite3_result_int(context, goes_on ? 0 : 1);  // only a row that ends it is a result of the query
  };
  const auto note_replaced = [](sqlite3_context* context, int, sqlite3_value** values) noexcept {
    static_cast<Database*>(sqlite3_user_data(context))->replaced_ = sqlite3_value_int64(values[0]);
    sqlite3_result_value(context, values[1]);
  };
  constexpr int kAnyNumber = -1;
  constexpr int kFlags = SQLITE_UTF8 | SQLITE_DIRECTONLY;
  int code = sqlite3_create_function_v2(connection_, "show", kAnyNumber, kFlags, this, show, nullptr, nullptr, nullptr);
  if (code == SQLITE_OK) {
    code = sqlite3_create_function_v2(connection_, "note_replaced", 2, kFlags, this, note_replaced, nullptr, nullptr,
                                      nullptr);
  }
  if (code != SQLITE_OK) return error(code, "defining functions");
  return {};
}

std::int64_t Database::changed_rows() const { return sqlite3_changes64(connection_); }

std::int64_t Database::last_inserted_id() const { return sqlite3_last_insert_rowid(connection_); }

bool Database::in_transaction() const { return sqlite3_get_autocommit(connection_) == 0; }

bool Database::is_read_only() const { return sqlite3_db_readonly(connection_, "main") == 1; }

void Database::on_log_commit(std::function<void(std::size_t)> committed) {
  committed_ = std::move(committed);
  const auto hook = [](void* database, sqlite3*, const char*, int pages) noexcept {
    static_cast<Database*>(database)->committed_(static_cast<std::size_t>(pages));
    return SQLITE_OK;
  };
  sqlite3_wal_hook(connection_, hook, this);
}

StorageResult<CopiedLog> Database::checkpoint() {
  int pages = 0;
  int copied = 0;
  int code = SQLITE_BUSY;
  // Busy when it looks at the very moment at which a commit is made known.
  for (int attempt = 0; attempt < kCheckpointAttempts && (code & 0xFF) == SQLITE_BUSY; ++attempt) {
    if (attempt > 0) std::this_thread::yield();
    code = sqlite3_wal_checkpoint_v2(connection_, "main", SQLITE_CHECKPOINT_PASSIVE, &pages, &copied);
  }
  if (code != SQLITE_OK) return error(code, "the checkpoint");
  // SQLite does that itself only if nothing was committed meanwhile. Left to the last checkpoint before the log begins
  // anew, it would be much at a time, and that is the one for which writes are held.
  if (auto synced = sync_file(); synced.has_error()) return std::move(synced).error();
  return CopiedLog{static_cast<std::size_t>(std::max(pages, 0)), static_cast<std::size_t>(std::max(copied, 0))};
}

StorageResult<void> Database::sync_file() {
  sqlite3_file* file = nullptr;
  int code = sqlite3_file_control(connection_, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK && file != nullptr && file->pMethods != nullptr) {
    code = file->pMethods->xSync(file, SQLITE_SYNC_NORMAL);
  }
  if (code != SQLITE_OK) return error(code, "the checkpoint's sync");
  return {};
}

StorageError Database::error(int code, std::string_view doing) const {
  const int last_system_error = errno;
  const auto kind = kind_of(code);
  std::string detail =
      fmt::format("{}: {} failed: {} (SQLite code {}", name_, first_line(doing), sqlite3_errmsg(connection_), code);
  if (!kind) throw std::logic_error{detail + ')'};
  int system = *kind == StorageErrorKind::kIo ? sqlite3_system_errno(connection_) : 0;
  // SQLite keeps none of a COMMIT that fails. What nothing but a file can cause is not left from something else.
  if (*kind == StorageErrorKind::kIo && system == 0 && is_of_a_file(last_system_error)) system = last_system_error;
  if (system != 0) {
    detail += fmt::format(", {}", std::strerror(system));  // NOLINT(concurrency-mt-unsafe)
  }
  detail += fmt::format("; user id {})", ::geteuid());
  return {kind_of_system_error(system).value_or(*kind), std::move(detail)};
}

Statement::~Statement() { sqlite3_finalize(handle_); }

StorageResult<void> Statement::prepare() {
  const std::string_view text = sql_.text();
  const int code = sqlite3_prepare_v3(database_.connection_, text.data(), static_cast<int>(text.size()) + 1,
                                      SQLITE_PREPARE_PERSISTENT, &handle_, nullptr);
  if (code != SQLITE_OK) return database_.error(code, text);
  return {};
}

void Query::start() {
  if (statement_.in_use_) throw std::logic_error{"two queries at once on one statement"};
  statement_.in_use_ = true;
  if (statement_.handle_ == nullptr) status_ = statement_.prepare();
}

Query::~Query() {
  sqlite3_reset(statement_.handle_);  // repeats the code of the last step, which next() has reported
  statement_.in_use_ = false;
}

void Query::bind(int index, std::int64_t value) { check_bound(sqlite3_bind_int64(statement_.handle_, index, value)); }

void Query::bind(int index, std::string_view value) {
  check_bound(sqlite3_bind_text64(statement_.handle_, index, data_of(value), value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Query::bind(int index, Blob value) {
  check_bound(sqlite3_bind_blob64(statement_.handle_, index, data_of(value.bytes), value.bytes.size(), SQLITE_STATIC));
}

void Query::check_bound(int code) {
  if (code != SQLITE_OK && status_.has_value()) status_ = statement_.database_.error(code, "binding a value");
}

StorageResult<bool> Query::next() {
  if (status_.has_error()) return status_.error();
  const int code = sqlite3_step(statement_.handle_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return statement_.database_.error(code, statement_.sql_.text());
}

StorageResult<void> Query::run() {
  const auto row = next();
  if (row.has_error()) return row.error();
  return {};
}

StorageResult<void> Query::show(Database::Showing& showing) {
  Database& database = statement_.database_;
  Database::Showing* const outer = std::exchange(database.showing_, &showing);
  auto shown = run();
  database.showing_ = outer;
  if (showing.thrown) std::rethrow_exception(showing.thrown);
  return shown;
}

StorageResult<std::optional<std::int64_t>> Query::upsert() {
  auto& replaced = statement_.database_.replaced_;
  replaced.reset();
  if (auto written = run(); written.has_error()) return std::move(written).error();
  return replaced;
}

std::int64_t Query::integer(int column) const { return sqlite3_column_int64(statement_.handle_, column); }

std::string_view Query::bytes(int column) const {
  // By the value: asking the statement for address and length checks it twice. Without mutexes SQLite knows no
  // "unprotected" values.
  return bytes_of(sqlite3_column_value(statement_.handle_, column));
}

bool Query::is_null(int column) const { return sqlite3_column_type(statement_.handle_, column) == SQLITE_NULL; }

std::int64_t ShownRow::integer(int at) const { return sqlite3_value_int64(values_[at]); }

std::string_view ShownRow::bytes(int at) const { return bytes_of(values_[at]); }

bool ShownRow::is_null(int at) const { return sqlite3_value_type(values_[at]) == SQLITE_NULL; }

}  // namespace millrace::storage::sqlite
