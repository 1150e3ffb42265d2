// What a request to the Runtime API asks for. No I/O.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::lambda {

/// What a request path means.
struct RuntimeApiCall {
  enum class Kind : std::uint8_t { kNext, kResponse, kError, kInitError, kUnknown };
  Kind kind{Kind::kUnknown};
  std::string_view function_name{};  ///< as runtime_name_of(); empty for the bare path
  std::string_view request_id{};
};
/// Takes `/2018-06-01/runtime/…`, with `/<FunctionName>` or `/<region>/<account>/<FunctionName>` before it or
/// not, apart.
RuntimeApiCall parse_runtime_api_call(std::string_view method, std::string_view target);

/// The error type to report for the header Lambda-Runtime-Function-Error-Type (reference, 5.1).
std::string checked_error_type(std::string_view header);

}  // namespace millrace::lambda
