// The Lambda side of the Runtime API: asks for the next invocation, calls the function, posts its answer, again and
// again (streams-and-esm reference, 5.1). Works against AWS Lambda, its emulators and Millrace.
//
// One invocation at a time, in one thread: the thread that calls run(). The function runs on that thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "handler/function.hpp"

namespace millrace::handler {

struct RuntimeOptions {
  /// Value of AWS_LAMBDA_RUNTIME_API: `host:port`, or `host:port/prefix` as Millrace gives out on its shared listener.
  std::string endpoint;
  /// How long to keep trying while nobody answers at `endpoint`, at the start and whenever the connection is lost.
  Duration connect_patience{std::chrono::seconds{30}};
  Duration first_retry_delay{std::chrono::milliseconds{50}};
  Duration longest_retry_delay{std::chrono::seconds{1}};
  /// Given to the function with each request.
  std::shared_ptr<spdlog::logger> logger;
};

/// From AWS_LAMBDA_RUNTIME_API and, in whole seconds, MILLRACE_RUNTIME_PATIENCE; logs JSON lines to standard output.
/// Empty when AWS_LAMBDA_RUNTIME_API is not set: the program was not started as a function.
std::optional<RuntimeOptions> runtime_options_from_environment();

class Runtime {
 public:
  explicit Runtime(RuntimeOptions options);
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  /// Serves invocations until SIGTERM or SIGINT (an invocation that is running is answered first; returns 0), or until
  /// the platform could not be reached for `connect_patience`, or its answers make no sense (returns 1).
  int run(const Function& function);

  /// Tells the platform that the function cannot start. The program is expected to exit afterwards. False when it
  /// could not be told.
  bool report_init_error(const HandlerError& error);

 private:
  class Client;
  std::unique_ptr<Client> client_;
};

/// All that a bootstrap's main() has to do: makes the function, reports when that fails, and serves it. Returns the
/// exit status.
int run_bootstrap(const std::function<HandlerResult<Function>()>& make_function);

}  // namespace millrace::handler
