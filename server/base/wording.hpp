// AWS moves operation after operation to a second validation framework: the same failures, some of them in another
// wording (API reference, 2.4; additions of November 2026, rows 1 to 3). An operation says here, once, on which layer
// it stands; what a message looks like there follows from the type of the failure (json::ValueError, in_wording()).
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "server/base/api_error.hpp"

namespace millrace::base {

enum class Wording : std::uint8_t {
  kClassic,    ///< the older layer: Scan, BatchWriteItem, transactions
  kNewer,      ///< the newer one, its texts alone: GetItem, BatchGetItem, Query
  kEnveloped,  ///< the newer one with "1 validation error detected: " in front: PutItem, UpdateItem, DeleteItem
};

/// `error` in the wording of its operation. Only ValidationExceptions change.
inline ApiError in_wording(Wording wording, ApiError error) {
  if (wording == Wording::kEnveloped && error.kind == ErrorKind::kValidation) {
    error.message.insert(0, "1 validation error detected: ");
  }
  return error;
}

}  // namespace millrace::base

namespace millrace {
using base::Wording;
}  // namespace millrace
