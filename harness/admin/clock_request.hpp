// The body of POST /_millrace/clock.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace millrace::admin {

struct ClockRequest {
  std::optional<bool> freeze{};       ///< false: let it run
  std::optional<TimePoint> set{};     ///< forwards
  std::optional<Duration> advance{};  ///< from `set`, or else from now
  /// Real time: how long it waits for what is under way.
  Duration timeout{std::chrono::seconds{30}};

  [[nodiscard]] bool moves() const { return set || advance; }
};

/// An empty body asks for nothing: the answer tells the time. `set` is a text or seconds since the epoch, `advance` a
/// text or seconds (server/time/time_text.hpp). Errors: InvalidParameterValueException, with a sentence that says what
/// would be right.
Result<ClockRequest> parse_clock_request(std::string_view body);

/// Where the clock has to go; the error says that it never goes back.
Result<TimePoint> target_of(const ClockRequest& request, TimePoint now);

}  // namespace millrace::admin
