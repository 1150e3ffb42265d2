#include "server/base/storage_error.hpp"

#include <spdlog/spdlog.h>

namespace millrace::base {

ApiError to_api_error(const StorageError& error) {
  spdlog::error("storage failed: {}", error.detail);
  return {ErrorKind::kInternalServerError, "Internal server error"};
}

}  // namespace millrace::base
