// GetFunction (API reference of Lambda).
#include "harness/lambda/operations/named_function.hpp"

namespace millrace::lambda {
namespace {

rest::Answer get_function(const FunctionServices& services, rest::Call& call) {
  co_return show_function(services, call, to_get_function);
}

}  // namespace

extern const FunctionOperation kGetFunction{.name = "GetFunction",
                                            .method = "GET",
                                            .path = kOneFunction,
                                            .members = named_function_members,
                                            .run = get_function};

}  // namespace millrace::lambda
