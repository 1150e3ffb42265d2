// Whether a request looks signed, and by whom (API reference, 1.5, rows 1 to 3 and 8). Any key and any signature is
// accepted, unless there is somebody who verifies them (signature.hpp).
#pragma once

#include <string>

#include "server/base/result.hpp"
#include "server/http/message/request_parser.hpp"
#include "server/http/routing/router.hpp"
#include "server/http/routing/signature.hpp"
#include "server/model/caller.hpp"

namespace millrace::http {

/// The caller of the last request of a connection. A client signs with the same credential for a whole day: it is taken
/// apart once.
struct KnownCaller {
  std::string credential{};
  model::Caller caller{};
};

/// Who verifies the signature of a request, and what has been signed.
struct SignatureCheck {
  const SignatureVerifier& verifier;
  std::string_view payload;  ///< signing::payload_hash() of the body as it was sent
};

/// Who makes the request: `known.caller`, which is brought up to date. The answer is whether it is another one than
/// before, or may be. Errors: the exception AWS answers with when authentication is given twice, is missing, or lacks
/// pieces, and with a `check` when it is not valid; `known` is as before then.
Result<bool> authenticate(const RequestHead& head, const model::Worlds& worlds, KnownCaller& known,
                          const SignatureCheck* check = nullptr);

/// The same for a request to a route, none of which insists on a signature: without one, or with one that cannot be
/// read, it is the caller at home.
model::Caller caller_of(const Request& request, const model::Worlds& worlds);

}  // namespace millrace::http
