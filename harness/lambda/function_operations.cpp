#include "harness/lambda/function_operations.hpp"

#include <array>
#include <utility>

namespace millrace::lambda {

extern const FunctionOperation kCreateFunction;
extern const FunctionOperation kDeleteFunction;
extern const FunctionOperation kGetFunction;
extern const FunctionOperation kGetFunctionConfiguration;
extern const FunctionOperation kGetFunctionRecursionConfig;
extern const FunctionOperation kInvoke;
extern const FunctionOperation kListFunctions;
extern const FunctionOperation kPutFunctionRecursionConfig;

FunctionServices::FunctionServices(FunctionCatalog& catalog_to_change, LiveFunctions& live, CommitWaiter commit_waiter)
    : catalog{catalog_to_change},
      functions{live},
      committed{std::move(commit_waiter)},
      events{std::make_shared<EventInvocations>(live, live.services())} {}

std::span<const FunctionOperation* const> function_operations() {
  static constexpr std::array kOperations{&kCreateFunction,
                                          &kDeleteFunction,
                                          &kGetFunction,
                                          &kGetFunctionConfiguration,
                                          &kGetFunctionRecursionConfig,
                                          &kInvoke,
                                          &kListFunctions,
                                          &kPutFunctionRecursionConfig};
  return kOperations;
}

}  // namespace millrace::lambda
