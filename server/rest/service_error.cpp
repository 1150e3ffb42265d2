#include "server/rest/service_error.hpp"

#include <utility>

namespace millrace::rest {

ApiError invalid_parameter_value(std::string message) {
  return {ErrorKind::kLambdaInvalidParameterValue, std::move(message)};
}

ApiError to_service_error(std::string_view what, const ApiError& failure) {
  std::string message{what};
  const auto cure = failure.message.find(": ");
  message.append(cure == std::string::npos ? "" : failure.message.substr(cure)).append(".");
  return {ErrorKind::kLambdaService, std::move(message)};
}

}  // namespace millrace::rest
