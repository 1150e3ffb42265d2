// The clock over HTTP.
#pragma once

#include "harness/admin/admin_routes.hpp"

namespace millrace::admin {

/// Adds
///   GET  /_millrace/clock  what emulated time it is, and whether it runs
///   POST /_millrace/clock  {"freeze":true,"set":"2026-01-01T00:00:00Z","advance":"4h","timeoutSeconds":30}, all
///   optional,
///                          done in this order: answers 200 when the clock is there and all that fell due has settled,
///                          504 with what is under way when the time is over, 409 when it is being moved already
void add_clock_routes(http::Router& router, AdminServices services);

}  // namespace millrace::admin
