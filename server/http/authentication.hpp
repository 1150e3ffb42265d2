// Whether a request looks signed (API reference, 1.5, rows 1 to 3 and 8). Any key and any signature is accepted.
#pragma once

#include "server/base/result.hpp"
#include "server/http/request_parser.hpp"

namespace millrace::http {

/// Errors: the exception AWS answers with when authentication is given twice, is missing, or lacks pieces.
Result<void> check_authentication(const RequestHead& head);

}  // namespace millrace::http
