#include "harness/lambda/runtime_api/runtime_api_call.hpp"

#include <algorithm>

namespace millrace::lambda {
namespace {

constexpr std::string_view kVersion = "/2018-06-01/";

/// `orders` or `eu-west-1/123456789012/orders`.
bool is_runtime_name(std::string_view text) {
  const bool has_empty_part =
      text.empty() || text.front() == '/' || text.back() == '/' || text.find("//") != std::string_view::npos;
  const auto slashes = std::count(text.begin(), text.end(), '/');
  return !has_empty_part && (slashes == 0 || slashes == 2);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

}  // namespace

RuntimeApiCall parse_runtime_api_call(std::string_view method, std::string_view target) {
  RuntimeApiCall call;
  target = target.substr(0, target.find('?'));
  const auto version = target.find(kVersion);
  if (version == std::string_view::npos) return call;
  if (version > 0) {
    call.function_name = target.substr(1, version - 1);
    if (!is_runtime_name(call.function_name)) return {};
  }
  const std::string_view path = target.substr(version + kVersion.size());
  if (method == "GET" && path == "runtime/invocation/next") {
    call.kind = RuntimeApiCall::Kind::kNext;
    return call;
  }
  if (method != "POST") return call;
  if (path == "runtime/init/error") {
    call.kind = RuntimeApiCall::Kind::kInitError;
    return call;
  }
  constexpr std::string_view kInvocation = "runtime/invocation/";
  if (!path.starts_with(kInvocation)) return call;
  const std::string_view rest = path.substr(kInvocation.size());
  const auto slash = rest.find('/');
  if (slash == std::string_view::npos) return call;
  call.request_id = rest.substr(0, slash);
  const std::string_view verb = rest.substr(slash + 1);
  if (verb == "response") call.kind = RuntimeApiCall::Kind::kResponse;
  if (verb == "error") call.kind = RuntimeApiCall::Kind::kError;
  return call;
}

std::string checked_error_type(std::string_view header) {
  const auto dot = header.find('.');
  const std::string_view category = header.substr(0, dot);
  const std::string_view reason = dot == std::string_view::npos ? std::string_view{} : header.substr(dot + 1);
  const bool known = category == "Runtime" || category == "Function";
  if (known && reason.size() > 1 && reason[0] >= 'A' && reason[0] <= 'Z' &&
      std::all_of(reason.begin(), reason.end(), is_letter)) {
    return std::string{header};
  }
  return category == "Runtime" ? "Runtime.Unknown" : "Function.Unknown";
}

}  // namespace millrace::lambda
