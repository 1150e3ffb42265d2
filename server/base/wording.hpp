// AWS moved PutItem and UpdateItem to a second validation framework during 2026: the same failures, some of them in
// another wording (API reference, 2.4). This is the one switch between the two.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "server/base/api_error.hpp"

namespace millrace::base {

enum class Wording : std::uint8_t {
  kBare,       ///< the text alone: GetItem, Query, Scan, batches
  kEnveloped,  ///< "1 validation error detected: " before it: PutItem, UpdateItem, DeleteItem
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
