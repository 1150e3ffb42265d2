#include "server/http/routing/router.hpp"

#include <algorithm>

#include "server/http/message/utf8.hpp"

namespace millrace::http {
namespace {

/// Takes the text up to the next slash off `path`, the slash too. `path` does not start with one.
std::string_view take_segment(std::string_view& path) {
  const std::size_t end = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, end);
  path.remove_prefix(std::min(end + 1, path.size()));
  return segment;
}

/// `path` without the slash it starts with and one it ends with.
std::string_view trim_slashes(std::string_view path) {
  if (path.starts_with('/')) path.remove_prefix(1);
  if (path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool is_capture(std::string_view segment) { return segment.starts_with('{') && segment.ends_with('}'); }

bool matches(const std::vector<std::string>& pattern, std::string_view path) {
  for (const std::string& expected : pattern) {
    if (path.empty()) return false;
    const std::string_view segment = take_segment(path);
    if (is_capture(expected) ? segment.empty() : segment != expected) return false;
  }
  return path.empty();
}

PathParameters capture(const std::vector<std::string>& pattern, std::string_view path) {
  PathParameters parameters;
  for (const std::string& expected : pattern) {
    const std::string_view segment = take_segment(path);
    if (is_capture(expected)) parameters.push_back(percent_decode(segment));
  }
  return parameters;
}

bool serves(std::string_view route_method, std::string_view method) {
  return route_method == method || (method == "HEAD" && route_method == "GET");
}

int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

void Router::add(std::string_view method, std::string_view pattern, Handler handler, BodyLimit body_limit) {
  Route route{.method = std::string{method}, .segments = {}, .handler = std::move(handler), .body_limit = body_limit};
  std::string_view rest = trim_slashes(pattern);
  while (!rest.empty()) route.segments.emplace_back(take_segment(rest));
  routes_.push_back(std::move(route));
}

Router::Match Router::find(std::string_view method, std::string_view path) const {
  const std::string_view trimmed = trim_slashes(path);
  Match match;
  for (const Route& route : routes_) {
    if (!matches(route.segments, trimmed)) continue;
    match.path_known = true;
    if (serves(route.method, method)) {
      match.handler = &route.handler;
      match.body_limit = route.body_limit;
      match.parameters = capture(route.segments, trimmed);
      match.allow.clear();
      return match;
    }
    if (!match.allow.empty()) match.allow.append(", ");
    match.allow.append(route.method);
  }
  return match;
}

Response to_rest_response(const ApiError& error) {
  const base::ErrorTraits& traits = base::traits_of(error.kind);
  Response response{.status = traits.http_status, .body = base::to_body(error), .headers = {}};
  response.headers.emplace_back("x-amzn-ErrorType", traits.name);
  return response;
}

ApiError request_too_large(const BodyLimit& limit) {
  std::string message = "Request must be smaller than " + std::to_string(limit.bytes) + " bytes";
  if (!limit.operation.empty()) message.append(" for the ").append(limit.operation).append(" operation");
  return {ErrorKind::kLambdaRequestTooLarge, std::move(message)};
}

std::string percent_decode(std::string_view text) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '%' && at + 2 < text.size()) {
      const int high = hex_value(text[at + 1]);
      const int low = hex_value(text[at + 2]);
      if (high >= 0 && low >= 0) {
        decoded.push_back(static_cast<char>(high * 16 + low));
        at += 2;
        continue;
      }
    }
    decoded.push_back(text[at]);
  }
  std::string utf8;
  append_as_utf8(utf8, decoded);
  return utf8;
}

std::vector<std::string> query_parameters(std::string_view query, std::string_view name) {
  std::vector<std::string> values;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const std::size_t equals = std::min(pair.find('='), pair.size());
    if (percent_decode(pair.substr(0, equals)) != name) continue;
    values.push_back(percent_decode(pair.substr(std::min(equals + 1, pair.size()))));
  }
  return values;
}

std::optional<std::string> query_parameter(std::string_view query, std::string_view name) {
  auto values = query_parameters(query, name);
  return values.empty() ? std::nullopt : std::optional{std::move(values.front())};
}

}  // namespace millrace::http
