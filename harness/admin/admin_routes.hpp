// The routes under /_millrace: what a test or a person asks of Millrace itself, beside AWS's APIs.
#pragma once

#include "harness/esm/runner.hpp"
#include "server/base/faults.hpp"
#include "server/http/router.hpp"
#include "server/time/adjustable_time.hpp"
#include "server/time/real_time.hpp"

namespace millrace::admin {

/// What the routes use. All references outlive the router.
struct AdminServices {
  esm::Runner& runner;
  time::AdjustableTime& emulated_time;
  RealTime& real_time;  ///< how long a drain, or a clock that is advanced, waits
  FaultPlan& faults;
};

/// Adds
///   POST /_millrace/drain   {"timeoutSeconds":30,"mapping":"<uuid>"}, both optional: answers 200 when every record
///                           there is has been delivered or discarded, 504 with the reasons when the time is over
///   GET  /_millrace/status  version and a report on every mapping
/// and what add_clock_routes() and add_fault_routes() add.
void add_admin_routes(http::Router& router, AdminServices services);

}  // namespace millrace::admin
