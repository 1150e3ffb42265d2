// The world's failures: disk full, database busy, I/O error. Never the caller's fault and never a bug of ours.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/api_error.hpp"

namespace millrace::base {

enum class StorageErrorKind : std::uint8_t {
  kBusy,         ///< another process holds the database
  kFull,         ///< no space left
  kIo,           ///< the file system failed, or the file cannot be opened
  kCorrupt,      ///< not a Millrace database, or damaged
  kOutOfMemory,  ///< the process or the machine has no memory left; what is stored is unharmed
  kReadOnly,     ///< the file, its folder or the file system may not be written
  kFileGone,     ///< the database file was removed or replaced while it is open: nothing written would last
};

struct [[nodiscard]] StorageError {
  StorageErrorKind kind{};
  std::string detail{};  ///< which file, what failed: for the log and the start-up message; never sent to a client
  /// Only with kCorrupt, from the reading of a stream's records: the last sequence number that cannot be read. Reading
  /// goes on behind it. 0: nobody knows.
  std::uint64_t damaged_through{0};
};

/// For people, in the log and in answers: what is wrong in the world, what that means, what to do about it. No full
/// stop and no paths.
std::string_view explain(StorageErrorKind kind);
/// One line: the detail, and what to do.
std::string to_log_text(const StorageError& error);

/// What a client sees of it: `InternalServerError`, with what is wrong. Logs it with its detail at error level, as that
/// is lost otherwise.
ApiError to_api_error(const StorageError& error);
/// The same where there is nothing to log.
ApiError internal_server_error(StorageErrorKind why);

/// Lets TRY_ASSIGN treat both vocabularies alike.
inline ApiError to_api_error(ApiError error) { return error; }

}  // namespace millrace::base

namespace millrace {
using base::StorageError;
using base::StorageErrorKind;
}  // namespace millrace
