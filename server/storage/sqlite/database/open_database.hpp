// From a path to a connection that is known to hold a Millrace database: settings, lock, format check, tables.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>

#include "server/storage/sqlite/database/database.hpp"
#include "server/storage/sqlite/database/file_claim.hpp"

namespace millrace::storage::sqlite {

struct OpenedDatabase {
  FileClaim claim;  ///< goes after the connection
  std::unique_ptr<Database> connection;
};

/// Opens the database in `file`, making it when there is none; without `file` makes a private one in memory, which goes
/// with the connection. The file stays locked against other processes, and against another opening in this one, until
/// the result goes. Errors name the file and say what to do: kBusy when somebody has it, kCorrupt when it is damaged,
/// belongs to another program or was written by a newer Millrace (and it is left as it was), kIo when it cannot be
/// opened.
StorageResult<OpenedDatabase> open_database(const std::optional<std::filesystem::path>& file);

}  // namespace millrace::storage::sqlite
