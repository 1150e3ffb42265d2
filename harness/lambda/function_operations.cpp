#include "harness/lambda/function_operations.hpp"

#include <array>
#include <utility>

namespace millrace::lambda {

extern const FunctionOperation kCreateFunction;
extern const FunctionOperation kDeleteFunction;
extern const FunctionOperation kGetFunction;
extern const FunctionOperation kGetFunctionConfiguration;
extern const FunctionOperation kInvoke;
extern const FunctionOperation kListFunctions;

FunctionServices::FunctionServices(FunctionRegistry& functions, CommitWaiter commit_waiter)
    : registry{functions},
      committed{std::move(commit_waiter)},
      events{std::make_shared<EventInvocations>(functions, functions.services())} {}

std::span<const FunctionOperation* const> function_operations() {
  static constexpr std::array kOperations{&kCreateFunction,           &kDeleteFunction, &kGetFunction,
                                          &kGetFunctionConfiguration, &kInvoke,         &kListFunctions};
  return kOperations;
}

}  // namespace millrace::lambda
