// Whether a request looks signed, and by whom (API reference, 1.5, rows 1 to 3 and 8). Any key and any signature is
// accepted.
#pragma once

#include "server/base/result.hpp"
#include "server/http/request_parser.hpp"
#include "server/http/router.hpp"
#include "server/model/caller.hpp"

namespace millrace::http {

/// Who makes the request. Errors: the exception AWS answers with when authentication is given twice, is missing, or
/// lacks pieces.
Result<model::Caller> authenticate(const RequestHead& head, const model::Worlds& worlds);

/// The same for a request to a route, none of which insists on a signature: without one, or with one that cannot be
/// read, it is the caller at home.
model::Caller caller_of(const Request& request, const model::Worlds& worlds);

}  // namespace millrace::http
