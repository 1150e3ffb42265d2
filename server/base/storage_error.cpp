#include "server/base/storage_error.hpp"

#include <spdlog/spdlog.h>

namespace millrace::base {

// Without paths, which are nobody's business but the log's and /health's.
std::string_view explain(StorageErrorKind kind) {
  switch (kind) {
    case StorageErrorKind::kBusy:
      return "another process holds the database, so nothing was written; end it and try again";
    case StorageErrorKind::kFull:
      return "there is no space left for the database, so nothing was written; free some space, and Millrace goes on";
    case StorageErrorKind::kIo:
      return "the database could not be read or written, and nothing was; Millrace's log says why, the system's may "
             "say "
             "more";
    case StorageErrorKind::kCorrupt:
      return "what is stored there is damaged; Millrace's log says which part. Delete and write it anew, or start with "
             "an earlier copy of the database";
    case StorageErrorKind::kOutOfMemory:
      return "Millrace has no memory left for this; what is stored is unharmed. Give it more, or ask for less at a "
             "time";
    case StorageErrorKind::kReadOnly:
      return "the database file, or where it is, may not be written; give Millrace the right to, and start it anew";
    case StorageErrorKind::kFileGone:
      return "the database file was removed or replaced while Millrace has it open, so nothing is written any more; "
             "put it back, or start Millrace anew (GET /health says which file)";
  }
  return {};
}

std::string to_log_text(const StorageError& error) {
  return std::string{error.detail}.append(": ").append(explain(error.kind));
}

ApiError to_api_error(const StorageError& error) {
  spdlog::error("storage failed: {}", to_log_text(error));
  return internal_server_error(error.kind);
}

ApiError internal_server_error(StorageErrorKind why) {
  return {ErrorKind::kInternalServerError, std::string{"Internal server error: "}.append(explain(why))};
}

}  // namespace millrace::base
