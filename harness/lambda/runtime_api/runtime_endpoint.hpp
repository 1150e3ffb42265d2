// What a connection of the Runtime API talks to: the function behind an address.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/lambda/runtime_api/runtime_broker.hpp"
#include "server/time/real_time.hpp"

namespace millrace::lambda {

/// An invocation on its way to a runtime.
struct Delivery {
  std::shared_ptr<const std::string> payload;
  std::string request_id;
  std::string function_arn;
  std::string trace_id;
  std::string client_context;
  RealTime::TimePoint deadline{};
};
/// Called once. Nothing: the function was removed, and whoever waits may ask the directory again.
using DeliveryCallback = std::function<void(std::optional<Delivery>)>;

/// No method blocks.
class RuntimeEndpoint {
 public:
  RuntimeEndpoint() = default;
  RuntimeEndpoint(const RuntimeEndpoint&) = delete;
  RuntimeEndpoint& operator=(const RuntimeEndpoint&) = delete;
  virtual ~RuntimeEndpoint() = default;

  /// A connection speaks for the first time. The id goes with all its further calls.
  virtual RuntimeId attach() = 0;
  /// The runtime asks for work: it is given to `deliver` as soon as there is some, or the answer says why not.
  virtual std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter, DeliveryCallback deliver) = 0;
  /// The connection went away while it waited for work, or before the work was written to it.
  virtual void undelivered(RuntimeId runtime, WaiterId waiter) = 0;
  virtual ApiReply respond(RuntimeId runtime, std::string_view request_id, RuntimeAnswer answer) = 0;
  virtual ApiReply init_error(RuntimeId runtime, RuntimeAnswer answer) = 0;
  /// Whether a runtime of this function is running the invocation.
  virtual bool runs(std::string_view request_id) = 0;
  /// The connection is closed. `lasting`: it was meant to last, so the process behind it is gone.
  virtual void detach(RuntimeId runtime, bool lasting) = 0;
};

/// Which function a path of a listener stands for.
class RuntimeDirectory {
 public:
  RuntimeDirectory() = default;
  RuntimeDirectory(const RuntimeDirectory&) = delete;
  RuntimeDirectory& operator=(const RuntimeDirectory&) = delete;
  virtual ~RuntimeDirectory() = default;

  /// The function addressed by `/<name>/2018-06-01/…`, or, when `name` is empty, by the bare path. Null for "not yet".
  virtual std::shared_ptr<RuntimeEndpoint> find_endpoint(std::string_view name) = 0;
  /// The function that is running the invocation; null when none is. Clients that make their own connection for an
  /// answer may leave the function's name out there.
  virtual std::shared_ptr<RuntimeEndpoint> find_running(std::string_view request_id) = 0;
  /// Calls `changed` every time a function is added, as long as its owner holds on to it.
  virtual void notify_on_change(const std::shared_ptr<std::function<void()>>& changed) = 0;
};

/// The directory of a listener that serves one function only, whatever name the path carries.
std::shared_ptr<RuntimeDirectory> single_function(std::weak_ptr<RuntimeEndpoint> endpoint);

}  // namespace millrace::lambda
