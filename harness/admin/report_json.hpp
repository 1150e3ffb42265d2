// The JSON of what a runner reports.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/mapping_report.hpp"
#include "harness/esm/runner.hpp"

namespace millrace::admin {

/// `{"drained":true,"mappings":[…]}`, with `stuck` when it is false and `skipped` when there are disabled mappings.
void append_json(std::string& out, const esm::DrainReport& report);

/// `{"version":"…","mappings":[…]}`.
void append_status_json(std::string& out, std::string_view version, const std::vector<esm::MappingReport>& reports);

}  // namespace millrace::admin
