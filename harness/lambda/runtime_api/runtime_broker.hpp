// Between invocations and runtimes: who waits, who runs what, and what the Runtime API answers to whom.
//
// The state machine of the Runtime API (streams-and-esm reference, 5.1) without sockets, threads or time. Its owner
// serialises the calls, sets timers and carries bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "harness/lambda/invocation/ending.hpp"
#include "harness/lambda/invocation/invoker.hpp"

namespace millrace::lambda {

/// A response may be 6 MB and 100 bytes (reference, 5.2).
inline constexpr std::size_t kLargestResponse = 6291556;

/// Names a runtime: a process, or a connection where processes are not ours. Never 0.
using RuntimeId = std::uint64_t;

/// Tells two calls of `next` by one runtime apart: whoever waits, as an address that is never used.
using WaiterId = const void*;

/// An answer of the Runtime API; the body is JSON.
struct ApiReply {
  std::uint16_t status{202};
  std::string body{R"({"status":"OK"})"};
  friend bool operator==(const ApiReply&, const ApiReply&) = default;
};
ApiReply api_error(std::uint16_t status, std::string_view type, std::string_view message);

/// What a runtime posted.
struct RuntimeAnswer {
  std::string body;
  bool is_error{false};
  std::string error_type{};  ///< Lambda-Runtime-Function-Error-Type, already checked; empty without is_error
};

/// Null: nothing will come from this function any more.
using StartCallback = std::function<void(const Invocation*)>;

class RuntimeBroker {
 public:
  /// `queue_limit` bounds the invocations that wait; those that run are bounded by the runtimes.
  explicit RuntimeBroker(std::size_t queue_limit) : queue_limit_{queue_limit} {}

  // --- The invoking side. Callbacks may be called from within any method below, but must not call back. ---

  /// Hands the invocation to a waiting runtime or queues it. False, and nothing is called, when the queue is full.
  bool submit(Invocation invocation, EndingCallback done);
  /// Ends one invocation, queued or running. Its runtime may go on with next(); an answer of it comes too late. Returns
  /// the runtime that was running it. Unknown ids are ignored.
  std::optional<RuntimeId> end(std::string_view request_id, Ending ending);
  /// Ends the invocation that has waited longest, if any.
  void end_first_waiting(const EndingMaker& make_ending);
  /// Ends everything: the function is going away.
  void end_all(const EndingMaker& make_ending);
  /// The function is removed: ends what waits, and tells the runtimes that wait for work that none will come. What runs
  /// goes on.
  void dismiss(const EndingMaker& make_ending);

  // --- The runtime side. ---

  RuntimeId attach();
  /// Empty: `start` will be, or was, called with an invocation. `waiter` tells calls apart: a call while an earlier one
  /// waits replaces it.
  std::optional<ApiReply> next(RuntimeId runtime, WaiterId waiter, StartCallback start);
  /// The call of `waiter` is not waiting any more, or its client never saw what was started for it, which then goes
  /// back to the head of the queue. Nothing happens when another call has taken its place.
  void undelivered(RuntimeId runtime, WaiterId waiter);
  /// Gives no work to a runtime that waits for it.
  void retire(RuntimeId runtime);
  ApiReply respond(RuntimeId runtime, std::string_view request_id, RuntimeAnswer answer);
  /// The body becomes the outcome of the invocation that has waited longest; when none waits, of the next one, unless a
  /// runtime asks for work before it comes.
  ApiReply init_error(RuntimeId runtime, RuntimeAnswer answer);
  /// The runtime is gone, and with it what it was running.
  void detach(RuntimeId runtime, const EndingMaker& make_ending);

  // --- Questions. ---

  enum class Phase : std::uint8_t {
    kStarted,       ///< has not asked for work yet
    kInitError,     ///< said that it cannot start
    kReady,         ///< waits for work
    kRunning,       ///< has an invocation
    kResponseSent,  ///< has answered it (or it was ended for it)
  };
  /// kStarted for an unknown id.
  [[nodiscard]] Phase phase(RuntimeId runtime) const;
  /// The runtime that is running, or has just answered, this invocation.
  [[nodiscard]] std::optional<RuntimeId> runtime_of(std::string_view request_id) const;
  [[nodiscard]] bool is_waiting(std::string_view request_id) const;
  [[nodiscard]] std::size_t waiting() const { return queue_.size(); }
  [[nodiscard]] std::size_t runtimes() const { return runtimes_.size(); }

 private:
  struct Work {
    Invocation invocation;
    EndingCallback done;
  };
  struct Runtime {
    Phase phase{Phase::kStarted};
    WaiterId waiter{nullptr};
    StartCallback start{};
    std::optional<Work> work{};
    std::string answered{};  ///< id of the invocation it answered last
  };

  void run_next_on(RuntimeId id, Runtime& runtime);
  static void end_running(Runtime& runtime, Ending ending);

  std::size_t queue_limit_;
  RuntimeId last_id_{0};
  std::map<RuntimeId, Runtime> runtimes_;
  std::deque<RuntimeId>
      ready_;  ///< in the order in which they asked; the last gets work first, so that others may rest
  std::deque<Work> queue_;
  std::optional<Ending> failed_start_{};  ///< of a runtime that could not start while nothing waited
};

}  // namespace millrace::lambda
