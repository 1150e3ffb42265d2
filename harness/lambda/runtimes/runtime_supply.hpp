// Where the runtimes of a function come from: processes that Millrace starts, or connections that come by themselves.
// What FunctionInvocations asks of a kind of function, and tells it.
#pragma once

#include <memory>
#include <optional>

#include "harness/lambda/invocation/ending.hpp"
#include "harness/lambda/invocation/invocation_log.hpp"
#include "harness/lambda/runtime_api/runtime_broker.hpp"
#include "server/base/clock.hpp"

namespace millrace::lambda {

/// No method blocks.
class RuntimeSupply {
 public:
  RuntimeSupply() = default;
  RuntimeSupply(const RuntimeSupply&) = delete;
  RuntimeSupply& operator=(const RuntimeSupply&) = delete;
  virtual ~RuntimeSupply() = default;

  /// An invocation is about to go to a runtime that waits, or into the queue: the last moment to end runtimes that must
  /// not get it.
  virtual void before_submit() = 0;
  /// The invocation runs, waits, or has failed already: a runtime may have to be found for it.
  virtual void after_submit() = 0;
  /// The invocation of this runtime has run out of time and has been answered.
  virtual void timed_out_on(RuntimeId runtime) = 0;
  /// An invocation is about to be answered that ran on this runtime; 0 when none had begun to run it.
  virtual void before_answer(const Ending& ending, RuntimeId runtime) = 0;
  /// The time it took to start, to be reported with the first invocation of a process.
  virtual std::optional<Duration> take_init_duration(RuntimeId runtime) = 0;
  /// What the runtime has written since its last invocation, to be swapped with the log of the one that begins. Null
  /// when nobody hears what it writes.
  virtual InvocationLog* idle_log(RuntimeId runtime) = 0;
  /// The function is removed; what runs goes on.
  virtual void retiring() = 0;
  /// Whether a process is left that Millrace has started.
  [[nodiscard]] virtual bool has_process() const = 0;
  /// Nothing may run any more; what still does is answered afterwards.
  virtual void closing() = 0;

  /// Expires with the object that holds the invocations. A timer may come later than that: who holds what this points
  /// to may call them.
  [[nodiscard]] virtual std::weak_ptr<void> lifetime() = 0;
};

}  // namespace millrace::lambda
