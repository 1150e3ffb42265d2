#include "harness/lambda/service_error.hpp"

#include <string>

namespace millrace::lambda {

ApiError to_service_error(std::string_view what, const ApiError& failure) {
  std::string message{what};
  const auto cure = failure.message.find(": ");
  message.append(cure == std::string::npos ? "" : failure.message.substr(cure)).append(".");
  return {ErrorKind::kLambdaService, std::move(message)};
}

}  // namespace millrace::lambda
