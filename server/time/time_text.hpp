// Times and durations as people write them: on the command line, in the body of a request, in a case.
#pragma once

#include <optional>
#include <string_view>

#include "server/base/clock.hpp"

namespace millrace::time {

/// `2026-01-01T00:00:00Z`, also with a fraction, an offset (`+02:00`) or without either (UTC), a date alone, or seconds
/// since the epoch. Nothing for any other text, a day that is not, and times before 1970 or after 9999.
std::optional<TimePoint> parse_time(std::string_view text);

/// `4h`, `90s`, `1h30m`, `1.5h`, `500ms`, `7d`, or a number of seconds: not negative, at most 100 years. Nothing for
/// any other text.
std::optional<Duration> parse_duration(std::string_view text);

/// The last time there is: the end of the year 9999.
TimePoint latest_time();

}  // namespace millrace::time
