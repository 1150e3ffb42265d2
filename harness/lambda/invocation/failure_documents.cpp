#include "harness/lambda/invocation/failure_documents.hpp"

#include <fmt/format.h>

#include <csignal>

#include "server/json/object_writer.hpp"

namespace millrace::lambda {
namespace {

Ending failure(std::string_view type, std::string_view message) {
  Ending ending{Outcome::kFunctionError, {}, std::string{type}};
  json::ObjectWriter writer{ending.payload};
  writer.string("errorType", type);
  writer.string("errorMessage", message);
  writer.finish();
  return ending;
}

/// Go's names, as the platform is written in Go.
std::string signal_name(int number) {
  switch (number) {
    case SIGHUP: return "hangup";
    case SIGINT: return "interrupt";
    case SIGQUIT: return "quit";
    case SIGILL: return "illegal instruction";
    case SIGTRAP: return "trace/breakpoint trap";
    case SIGABRT: return "aborted";
    case SIGBUS: return "bus error";
    case SIGFPE: return "floating point exception";
    case SIGKILL: return "killed";
    case SIGUSR1: return "user defined signal 1";
    case SIGSEGV: return "segmentation fault";
    case SIGUSR2: return "user defined signal 2";
    case SIGPIPE: return "broken pipe";
    case SIGALRM: return "alarm clock";
    case SIGTERM: return "terminated";
    default: return fmt::format("signal {}", number);
  }
}

}  // namespace

InvocationResult to_result(const Ending& ending) {
  InvocationResult result{.outcome = ending.outcome, .payload = ending.payload, .reason = ending.reason};
  if (ending.outcome == Outcome::kFunctionError) result.function_error = "Unhandled";
  return result;
}

Ending process_exited(std::string_view request_id, const ProcessExit& exit) {
  if (!exit.by_signal && exit.value == 0) return connection_lost(request_id);
  const std::string reason =
      exit.by_signal ? "signal: " + signal_name(exit.value) : fmt::format("exit status {}", exit.value);
  return failure("Runtime.ExitError",
                 fmt::format("RequestId: {} Error: Runtime exited with error: {}", request_id, reason));
}

Ending connection_lost(std::string_view request_id) {
  return failure("Runtime.ExitError",
                 fmt::format("RequestId: {} Error: Runtime exited without providing a reason", request_id));
}

Ending timed_out(std::string_view request_id, int timeout_seconds) {
  return failure("Sandbox.Timedout",
                 fmt::format("RequestId: {} Error: Task timed out after {}.00 seconds", request_id, timeout_seconds));
}

Ending response_too_large() {
  // The members stand in the order that was recorded, unlike in the other documents.
  return {Outcome::kFunctionError,
          R"({"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).",)"
          R"("errorType":"Function.ResponseSizeTooLarge"})",
          "Function.ResponseSizeTooLarge"};
}

Ending no_entry_point(std::string_view request_id, std::string_view path, std::string_view reason) {
  return failure(
      "Runtime.InvalidEntrypoint",
      fmt::format("RequestId: {} Error: Couldn't find valid bootstrap(s): [{}] ({})", request_id, path, reason));
}

Ending not_run(std::string_view reason) {
  Ending ending = failure("Sandbox.Failure", reason);
  ending.outcome = Outcome::kServiceError;
  ending.reason = reason;
  return ending;
}

Ending no_runtime(std::string_view reason) {
  Ending ending = not_run(reason);
  ending.outcome = Outcome::kNoRuntime;
  return ending;
}

}  // namespace millrace::lambda
