// Where whoever has an event finds the function: by a reference, so that what a version or an alias means is found out
// in one place.
#pragma once

#include <memory>

#include "harness/lambda/control/function_reference.hpp"
#include "harness/lambda/invocation/invoker.hpp"

namespace millrace::lambda {

/// Implemented by the functions there are; a scripted one serves tests.
class InvokerDirectory {
 public:
  InvokerDirectory() = default;
  InvokerDirectory(const InvokerDirectory&) = delete;
  InvokerDirectory& operator=(const InvokerDirectory&) = delete;
  virtual ~InvokerDirectory() = default;

  /// The invoker of what `function` means, or null when there is none: no such function, version or alias, or one that
  /// cannot be run.
  virtual std::shared_ptr<Invoker> find(const FunctionReference& function) = 0;
};

}  // namespace millrace::lambda
