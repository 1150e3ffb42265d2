#include "server/http/routing/unserved.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "server/base/api_error.hpp"
#include "server/http/routing/router.hpp"

namespace millrace::http {
namespace {

constexpr std::string_view kServed = "DynamoDB, DynamoDB Streams and Lambda with its event source mappings";

/// The service in the scope of `Credential=KEY/DATE/REGION/SERVICE/aws4_request`; empty when there is none.
std::string_view signing_service(std::string_view authorization) {
  constexpr std::string_view kCredential = "Credential=";
  const std::size_t at = authorization.find(kCredential);
  if (at == std::string_view::npos) return {};
  authorization.remove_prefix(at + kCredential.size());
  for (int part = 0; part < 3; ++part) {
    const std::size_t slash = authorization.find('/');
    if (slash == std::string_view::npos) return {};
    authorization.remove_prefix(slash + 1);
  }
  return authorization.substr(0, authorization.find('/'));
}

/// Lambda's paths begin with the date of an API version: `/2015-03-31/`.
bool is_lambda_path(std::string_view path) {
  constexpr std::string_view kShape = "/0000-00-00/";
  if (path.size() <= kShape.size()) return false;
  return std::equal(kShape.begin(), kShape.end(), path.begin(), [](char shape, char letter) {
    return shape == '0' ? letter >= '0' && letter <= '9' : letter == shape;
  });
}

std::string escape_xml(std::string_view text) {
  std::string escaped;
  for (const char letter : text) {
    switch (letter) {
      case '<': escaped.append("&lt;"); break;
      case '>': escaped.append("&gt;"); break;
      case '&': escaped.append("&amp;"); break;
      case '"': escaped.append("&quot;"); break;
      default:
        // What XML cannot hold, and bytes that may be no UTF-8, are shown as a question mark.
        escaped.push_back(letter >= ' ' && letter < '\x7f' ? letter : '?');
    }
  }
  return escaped;
}

std::string json_message(std::string_view text) {
  std::string body{"{\"message\":"};
  base::append_json_string(body, text);
  return body.append("}");
}

}  // namespace

Response unserved_path(const Request& request) {
  const std::string_view service = signing_service(request.header("Authorization"));
  if (service == "s3") {
    return {
        .status = 501,
        .content_type = "application/xml",
        .body = fmt::format("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>NotImplemented</Code><Message>"
                            "Millrace {} does not emulate S3: it serves {}</Message></Error>",
                            MILLRACE_VERSION, kServed),
        .headers = {}};
  }
  if (is_lambda_path(request.path)) {
    Response response{.status = 404,
                      .body = json_message(fmt::format("Millrace {} does not emulate {} {}", MILLRACE_VERSION,
                                                       request.method, request.path)),
                      .headers = {}};
    response.headers.emplace_back("x-amzn-ErrorType", "UnknownOperationException");
    return response;
  }
  const bool other = !service.empty() && service != "dynamodb" && service != "lambda";
  return {.status = 404,
          .body = json_message(
              other ? fmt::format("Millrace {} does not emulate {}: it serves {}", MILLRACE_VERSION, service, kServed)
                    : fmt::format("nothing is served at {}", request.path)),
          .headers = {}};
}

std::optional<std::string> unserved_action(std::string_view content_type, std::string_view body) {
  if (!content_type.starts_with("application/x-www-form-urlencoded")) return std::nullopt;
  const auto action = query_parameter(body, "Action");
  if (!action) return std::nullopt;
  return fmt::format(
      "<?xml version=\"1.0\"?>\n<ErrorResponse><Error><Type>Sender</Type><Code>InvalidAction</Code><Message>Millrace "
      "{} "
      "does not emulate {}: it serves {}</Message></Error></ErrorResponse>",
      MILLRACE_VERSION, escape_xml(*action), kServed);
}

}  // namespace millrace::http
