// The fault plan over HTTP.
#pragma once

#include "server/base/faults.hpp"
#include "server/http/router.hpp"

namespace millrace::admin {

/// Adds
///   GET    /_millrace/faults  the plan, and of every point how often it was passed and has fired
///   PUT    /_millrace/faults  another plan (fault_request.hpp), in place of the one there is; counts begin anew
///   DELETE /_millrace/faults  no plan any more
/// Each answers what GET then would. `faults` outlives the router.
void add_fault_routes(http::Router& router, FaultPlan& faults);

}  // namespace millrace::admin
