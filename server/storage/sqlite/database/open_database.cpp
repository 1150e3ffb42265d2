#include "server/storage/sqlite/database/open_database.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "server/storage/sqlite/database/statements.hpp"

namespace millrace::storage::sqlite {
namespace {

// Small pages: a write copies the page it changes into the journal. Items up to 1 KB stay out of overflow chains. The
// cache grows on demand. Auto-vacuum (only a new database takes it on) lets the room of what was dropped be given back.
constexpr Sql kSettings{R"(
  PRAGMA page_size = 4096;
  PRAGMA auto_vacuum = INCREMENTAL;
  PRAGMA cache_size = -32768;
  PRAGMA temp_store = MEMORY;
)"};

// Not before the file is known to be ours: the journal mode is written into it.
constexpr Sql kFileSettings{R"(
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
)"};

StorageResult<std::int64_t> read_integer(Database& database, Sql sql) {
  Statement statement{database, sql};
  Query query{statement};
  const auto row = query.next();
  if (row.has_error()) return row.error();
  return *row ? query.integer(0) : 0;
}

struct Format {
  std::int64_t application_id{0};
  std::int64_t version{0};
  std::int64_t objects{0};  ///< tables and indexes

  [[nodiscard]] bool is_empty_database() const { return application_id == 0 && version == 0 && objects == 0; }
};

StorageResult<Format> read_format(Database& database) {
  const auto application = read_integer(database, "PRAGMA application_id");
  if (application.has_error()) return application.error();
  const auto version = read_integer(database, "PRAGMA user_version");
  if (version.has_error()) return version.error();
  const auto objects = read_integer(database, "SELECT count(*) FROM sqlite_schema");
  if (objects.has_error()) return objects.error();
  return Format{*application, *version, *objects};
}

StorageResult<void> check_is_ours(const Format& format, const std::string& path) {
  if (format.application_id != kApplicationId) {
    return StorageError{
        StorageErrorKind::kCorrupt,
        fmt::format("{}: this is an SQLite database of another program, not of Millrace; choose another path", path)};
  }
  if (format.version > kFormatVersion || format.version < kOldestFormatVersion) {
    return StorageError{StorageErrorKind::kCorrupt,
                        fmt::format("{}: the database has format {}, this Millrace reads formats {} to {}; use the "
                                    "Millrace that wrote it, or choose another path",
                                    path, format.version, kOldestFormatVersion, kFormatVersion)};
  }
  return {};
}

/// Adds to a failure what the user can do about it.
StorageError with_advice(StorageError error, const std::string& path) {
  if (error.kind == StorageErrorKind::kBusy) {
    error.detail = fmt::format("{}: another process is using this database; stop it, or choose another path ({})", path,
                               error.detail);
  } else if (error.kind == StorageErrorKind::kCorrupt) {
    error.detail = fmt::format("{}: not a database, or a damaged one; choose another path, or remove the file ({})",
                               path, error.detail);
  } else if (error.kind == StorageErrorKind::kFull) {
    error.detail = base::to_log_text(error);
  }
  return error;
}

StorageResult<void> prepare_memory(Database& database) {
  if (auto set = database.run(kSettings); set.has_error()) return set;
  return database.run(kSchema);
}

/// The first reading locks the file.
StorageResult<Format> lock_and_read_format(Database& database) {
  if (const auto set = database.run(kSettings); set.has_error()) return set.error();
  return read_format(database);
}

StorageResult<void> prepare_file(Database& database, const std::string& path) {
  if (database.is_read_only()) {
    return StorageError{StorageErrorKind::kReadOnly,
                        fmt::format("{}: the file is not writable for user id {}", path, ::geteuid())};
  }
  const auto format = lock_and_read_format(database);
  if (format.has_error()) return with_advice(format.error(), path);
  if (!format->is_empty_database()) {
    if (auto ours = check_is_ours(*format, path); ours.has_error()) return ours;
  }
  if (const auto set = database.run(kFileSettings); set.has_error()) return with_advice(set.error(), path);
  if (format->version == 2) {
    if (const auto migrated = database.run(kMigrationFromFormat2); migrated.has_error()) {
      return with_advice(migrated.error(), path);
    }
  }
  if (format->version == 2 || format->version == 3) {
    if (const auto migrated = database.run(kMigrationFromFormat3); migrated.has_error()) {
      return with_advice(migrated.error(), path);
    }
  }
  if (format->version >= 2 && format->version <= 4) {
    if (const auto migrated = database.run(kMigrationFromFormat4); migrated.has_error()) {
      return with_advice(migrated.error(), path);
    }
  }
  if (!format->is_empty_database()) return {};
  if (const auto made = database.run(kSchema); made.has_error()) return with_advice(made.error(), path);
  return {};
}

}  // namespace

StorageResult<OpenedDatabase> open_database(const std::optional<std::filesystem::path>& file) {
  const std::string path = file ? std::filesystem::absolute(*file).string() : std::string{};
  auto connection = Database::open(path);
  if (connection.has_error()) return std::move(connection).error();
  if (!file) {
    if (const auto prepared = prepare_memory(**connection); prepared.has_error()) return prepared.error();
    return OpenedDatabase{{}, *std::move(connection)};
  }
  auto claim = FileClaim::take(path);
  if (claim.has_error()) return with_advice(std::move(claim).error(), path);
  OpenedDatabase opened{*std::move(claim), *std::move(connection)};
  if (const auto prepared = prepare_file(*opened.connection, path); prepared.has_error()) return prepared.error();
  return opened;
}

}  // namespace millrace::storage::sqlite
