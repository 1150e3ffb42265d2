// The metrics of functions and mappings as Prometheus reads them. AWS's names in its conventions: PolledEventCount is
// millrace_esm_polled_events_total.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "harness/esm/driver/mapping_report.hpp"
#include "harness/lambda/invocation/metered_invoker.hpp"

namespace millrace::admin {

/// Functions by ARN. All of them count since the process started, but for what is delivered and discarded, which counts
/// since a mapping was made.
void append_metrics(std::string& out, const std::vector<std::pair<std::string, lambda::FunctionCounts>>& functions,
                    const std::vector<esm::MappingReport>& mappings);

}  // namespace millrace::admin
