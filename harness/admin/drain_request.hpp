// The body of POST /_millrace/drain.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"

namespace millrace::admin {

inline constexpr std::int64_t kMaxDrainSeconds = 3600;

struct DrainRequest {
  Duration timeout{std::chrono::seconds{30}};
  std::optional<std::string> mapping{};  ///< UUID; empty: every enabled mapping
};

/// An empty body asks for the defaults. `timeoutSeconds` may have a fraction. Errors: InvalidParameterValueException
/// for a body that is not a JSON object, a member of a wrong type or an unknown one: a typing mistake in a test must
/// not become a drain of something else.
Result<DrainRequest> parse_drain_request(std::string_view body);

}  // namespace millrace::admin
