#include "server/base/storage_error.hpp"

#include <spdlog/spdlog.h>

#include <string_view>

namespace millrace::base {
namespace {

/// Of troubles of the database file that last until somebody puts it right: a sentence. Without paths, which are nobody
/// else's business.
std::string_view cure_of(StorageErrorKind kind) {
  switch (kind) {
    case StorageErrorKind::kFileGone:
      return ": the database file was removed or replaced while Millrace has it open, so nothing is written any more; "
             "put it back, or start Millrace anew (GET /health says which file)";
    case StorageErrorKind::kReadOnly: return ": the database file, or where it is, may not be written";
    case StorageErrorKind::kFull:
    case StorageErrorKind::kBusy:
    case StorageErrorKind::kIo:
    case StorageErrorKind::kCorrupt:
    case StorageErrorKind::kOutOfMemory: break;
  }
  return {};
}

}  // namespace

ApiError to_api_error(const StorageError& error) {
  spdlog::error("storage failed: {}", error.detail);
  return {ErrorKind::kInternalServerError, std::string{"Internal server error"}.append(cure_of(error.kind))};
}

}  // namespace millrace::base
