// The JSON of what live mappings and the clock report.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/driver/mapping_report.hpp"
#include "harness/esm/live_mappings.hpp"
#include "server/base/faults.hpp"
#include "server/time/adjustable_time.hpp"

namespace millrace::admin {

/// `{"drained":true,"mappings":[…]}`, with `stuck` when it is false and `skipped` when there are disabled mappings;
/// with `clock`, a sentence, when it is false and the clock is frozen.
void append_json(std::string& out, const esm::DrainReport& report, const time::AdjustableTime& clock);

/// `{"now":"…","epochSeconds":…,"frozen":false,"advancing":false,"aheadOfRealTimeSeconds":14400.0}`.
void append_clock_json(std::string& out, const time::AdjustableTime& clock);
/// The same of a clock that has not come to `target`, with `target`, `message`, and `stuck`: the shards of `reports`
/// that do not move.
void append_stopped_clock_json(std::string& out, const time::AdjustableTime& clock, TimePoint target,
                               std::string_view message, const std::vector<esm::MappingReport>& reports);

/// `{"planned":true,"seed":7,"points":{"storage.commit":{"meaning":"…","probability":0.5,"after":0,"times":2,"passed":9,
/// "fired":1},…}}`: every point there is, those without a rule without its members. Nothing: there is no plan.
void append_faults_json(std::string& out, const std::optional<base::FaultReport>& report);

/// `{"version":"…","mappings":[…]}`.
void append_status_json(std::string& out, std::string_view version, const std::vector<esm::MappingReport>& reports);

/// Of GET /_millrace/mappings/{UUID}/why.
void append_why_json(std::string& out, const esm::WhyReport& report);

}  // namespace millrace::admin
