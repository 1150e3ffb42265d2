#include "harness/admin/clock_request.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "harness/admin/drain_request.hpp"
#include "harness/esm/source/timestamp.hpp"
#include "server/json/tree.hpp"
#include "server/rest/service_error.hpp"
#include "server/time/time_text.hpp"

namespace millrace::admin {
namespace {

using Json = nlohmann::json;

/// A text, or the text of a number; empty for anything else.
std::string text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number()) return fmt::format("{:.6f}", value.get<double>());
  return {};
}

}  // namespace

Result<ClockRequest> parse_clock_request(std::string_view body) {
  ClockRequest request;
  if (body.find_first_not_of(" \t\r\n") == std::string_view::npos) return request;
  const auto document = json::parse_tree(body);
  if (document.has_error()) {
    return rest::invalid_parameter_value(
        "The body of a request to the clock cannot be read: " + document.error().reason + ".");
  }
  if (!document->is_object())
    return rest::invalid_parameter_value("The body of a request to the clock must be a JSON object.");
  for (const auto& [name, value] : document->items()) {
    if (name == "freeze") {
      if (!value.is_boolean())
        return rest::invalid_parameter_value("freeze must be true, or false to let the clock run.");
      request.freeze = value.get<bool>();
    } else if (name == "set") {
      request.set = time::parse_time(text_of(value));
      if (!request.set) {
        return rest::invalid_parameter_value(
            "set must be a time such as \"2026-01-01T00:00:00Z\", or seconds since 1970, not after the year 9999.");
      }
    } else if (name == "advance") {
      request.advance = time::parse_duration(text_of(value));
      if (!request.advance) {
        return rest::invalid_parameter_value(
            "advance must be a duration such as \"4h\", \"1h30m\", \"90s\" or \"2d\", or a number of seconds, at most "
            "100 years; the clock never goes back.");
      }
    } else if (name == "timeoutSeconds") {
      const double seconds = value.is_number() ? value.get<double>() : -1.0;
      if (!(seconds >= 0.0 && seconds <= static_cast<double>(kMaxDrainSeconds))) {
        return rest::invalid_parameter_value(
            fmt::format("timeoutSeconds must be a number between 0 and {}.", kMaxDrainSeconds));
      }
      request.timeout = std::chrono::duration_cast<Duration>(std::chrono::duration<double>{seconds});
    } else {
      return rest::invalid_parameter_value(
          fmt::format("The clock has no member '{}'; it has freeze, set, advance and timeoutSeconds.", name));
    }
  }
  return request;
}

Result<TimePoint> target_of(const ClockRequest& request, TimePoint now) {
  if (request.set && *request.set < now) {
    return rest::invalid_parameter_value(
        fmt::format("The clock stands at {} and never goes back, since records, shards and retries rely on that. To be "
                    "at {}, start Millrace with --clock {}.",
                    esm::to_iso_text(now), esm::to_iso_text(*request.set), esm::to_iso_text(*request.set)));
  }
  const TimePoint target = request.set.value_or(now) + request.advance.value_or(Duration::zero());
  if (target > time::latest_time()) return rest::invalid_parameter_value("The clock does not go beyond the year 9999.");
  return target;
}

}  // namespace millrace::admin
