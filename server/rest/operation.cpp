#include "server/rest/operation.hpp"

#include "server/rest/service_error.hpp"

namespace millrace::rest {

http::Response json_response(std::uint16_t status, std::string body) {
  return {.status = status, .body = std::move(body), .headers = {}};
}

http::Response to_response(const ApiError& error) {
  if (error.kind != ErrorKind::kInternalServerError) return http::to_rest_response(error);
  return http::to_rest_response(to_service_error("An error occurred and the request cannot be processed", error));
}

}  // namespace millrace::rest
