// The error documents that the platform, not the function, gives as the payload of a failed invocation
// (streams-and-esm reference, 5.3).
#pragma once

#include <string>
#include <string_view>

#include "harness/lambda/invocation/ending.hpp"

namespace millrace::lambda {

/// How a process ended.
struct ProcessExit {
  bool by_signal{false};
  int value{0};  ///< exit status, or number of the signal
};

/// What the caller of the invocation is told. Without duration and log.
InvocationResult to_result(const Ending& ending);

/// `Runtime.ExitError`: the process ended before it answered.
Ending process_exited(std::string_view request_id, const ProcessExit& exit);
/// `Runtime.ExitError` for a process that is not ours, so that nobody knows how it ended.
Ending connection_lost(std::string_view request_id);
/// `Sandbox.Timedout`.
Ending timed_out(std::string_view request_id, int timeout_seconds);
/// `Function.ResponseSizeTooLarge`.
Ending response_too_large();
/// `Runtime.InvalidEntrypoint`: there is no executable at `path`, because of `reason`.
Ending no_entry_point(std::string_view request_id, std::string_view path, std::string_view reason);
/// The function could not be run at all (kServiceError).
Ending not_run(std::string_view reason);
/// Nobody is there who could run it (kNoRuntime).
Ending no_runtime(std::string_view reason);

}  // namespace millrace::lambda
