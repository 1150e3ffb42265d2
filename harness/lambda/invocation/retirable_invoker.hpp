// An invoker whose function may be removed, or whose program may end: what is asked of it then.
#pragma once

#include <functional>

#include "harness/lambda/invocation/invoker.hpp"

namespace millrace::lambda {

/// Of the I/O thread. None but close() ever blocks.
class RetirableInvoker : public Invoker {
 public:
  /// The function is removed: what waits, and whatever is invoked from now on, ends with kServiceError. What runs goes
  /// on to its own end, within the time it has; afterwards nothing is left of the function's processes and threads.
  /// `ended` is called then, once, never from within; the invoker must be kept until it is. After
  /// close() it may not be called any more. Once.
  virtual void retire(std::function<void()> ended) = 0;
  /// The program is about to end: ends with kServiceError what nobody has begun, at once and from now on.
  virtual void end_waiting() = 0;
  /// Ends everything with kServiceError; nothing runs afterwards. To be called before what the invoker's services refer
  /// to goes away. May wait for a moment.
  virtual void close() = 0;
};

}  // namespace millrace::lambda
