// The routes by which a container or a test script asks whether the server lives and whether it may be used.
#pragma once

#include <functional>
#include <string>

#include "server/http/routing/router.hpp"

namespace millrace::http {

/// Adds `GET /health` (200, or 503 with the reason while `trouble` has one) and `GET /ready` (200, or 503 while
/// `is_ready` says no). Neither may block. `GET /` is DynamoDB's own health page: see
/// dispatch.hpp.
void add_health_routes(Router& router, std::function<bool()> is_ready, std::function<std::string()> trouble);

}  // namespace millrace::http
