// What "call the function" means to whoever has an event: the Invoke route, the event source mapping, a test.
//
// Invokers differ in where the handler runs: linked into this process, in a bootstrap process that Millrace starts and
// supervises, in a process that somebody else started. All of them look like this.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"

namespace millrace::lambda {

struct Invocation {
  std::string request_id;                      ///< UUID
  std::string function_arn;                    ///< as invoked, with its qualifier if the caller used one
  std::shared_ptr<const std::string> payload;  ///< the event's JSON; shared, as a retry sends the same bytes
  std::string client_context{};                ///< decoded JSON, empty for none
  std::string trace_id{};                      ///< `Root=…;Parent=…;Sampled=…`, empty for none
};

/// How AWS classes the outcome (streams-and-esm, 4.4).
enum class Outcome : std::uint8_t {
  kSuccess,        ///< the handler returned; `payload` is its answer
  kFunctionError,  ///< exception, timeout, process exit, init error, oversize answer; `payload` is the error document
  kThrottled,      ///< no free concurrency; the function did not run
  kServiceError,   ///< the function could not be run at all (it is gone, or the platform failed)
  kNoRuntime,      ///< no process is attached that could run it, and only its user can change that; it did not run
};

struct InvocationResult {
  Outcome outcome{Outcome::kServiceError};
  std::string payload;
  /// Why the function did not run, as a sentence for people; empty when it ran.
  std::string reason{};
  std::string function_error{};  ///< value of X-Amz-Function-Error: `Unhandled` for kFunctionError
  std::string executed_version{"$LATEST"};
  std::string log_tail{};  ///< what the function wrote and the START/END/REPORT lines, last 4 KB
  Duration duration{};
};

using InvocationDone = std::function<void(InvocationResult)>;

class Invoker {
 public:
  Invoker() = default;
  Invoker(const Invoker&) = delete;
  Invoker& operator=(const Invoker&) = delete;
  virtual ~Invoker() = default;

  /// Runs the function once. `done` is called exactly once, never from within invoke(); also when the invoker is
  /// destroyed meanwhile (kServiceError). Never blocks.
  virtual void invoke(Invocation invocation, InvocationDone done) = 0;

  /// Ends an invocation that nobody has begun to run, with kServiceError; its `done` is called as always. One that runs
  /// goes on, and an unknown one is ignored: as in an invoker that lets nothing wait. Never blocks.
  virtual void withdraw(std::string_view /*request_id*/) {}

  /// What has to happen from outside before anything can run, as a clause for reports: "no process is attached to the
  /// external function orders: start one with AWS_LAMBDA_RUNTIME_API=127.0.0.1:9001/orders". Nothing when the function
  /// runs, or is about to.
  [[nodiscard]] virtual std::optional<std::string> waits_for() const { return std::nullopt; }
};

}  // namespace millrace::lambda
