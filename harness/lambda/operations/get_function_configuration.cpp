// GetFunctionConfiguration (API reference of Lambda).
#include "harness/lambda/operations/named_function.hpp"

namespace millrace::lambda {
namespace {

rest::Answer get_function_configuration(const FunctionServices& services, rest::Call& call) {
  co_return show_function(services, call, to_configuration);
}

}  // namespace

extern const FunctionOperation kGetFunctionConfiguration{.name = "GetFunctionConfiguration",
                                                         .method = "GET",
                                                         .path = "/2015-03-31/functions/{FunctionName}/configuration",
                                                         .members = named_function_members,
                                                         .run = get_function_configuration};

}  // namespace millrace::lambda
