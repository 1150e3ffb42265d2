// Times as people and JSON readers expect them.
#pragma once

#include <string>

#include "server/base/clock.hpp"

namespace millrace::esm {

/// UTC with milliseconds: `2025-11-25T15:53:08.123Z`.
std::string to_iso_text(TimePoint time);
/// The second that it lies in, as AWS shows the times of records and windows: `2025-11-25T15:53:08Z`.
std::string to_iso_seconds(TimePoint time);

}  // namespace millrace::esm
