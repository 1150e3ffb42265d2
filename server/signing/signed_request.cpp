#include "server/signing/signed_request.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>
#include <utility>

namespace millrace::signing {

ServiceEndpoint ServiceEndpoint::parse(std::string_view url, std::string_view service) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://")) {
    throw std::invalid_argument(fmt::format("{}: only plain http:// is spoken to other servers", url));
  }
  const auto refused = [url] {
    return std::invalid_argument(fmt::format("'{}' is no endpoint; it looks like http://localhost:9000", url));
  };
  if (!url.starts_with(kScheme)) throw refused();
  std::string_view authority = url.substr(kScheme.size());
  while (authority.ends_with('/')) authority.remove_suffix(1);
  const std::size_t colon = authority.rfind(':');
  ServiceEndpoint endpoint;
  endpoint.host = authority.substr(0, colon);
  endpoint.port = colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
  endpoint.service = service;
  const bool is_number = !endpoint.port.empty() && endpoint.port.size() <= 5 &&
                         endpoint.port.find_first_not_of("0123456789") == std::string::npos;
  if (endpoint.host.empty() || !is_number || endpoint.host.find_first_of("/?#@ ") != std::string::npos) throw refused();
  return endpoint;
}

http_client::Request sign(RequestToSign request, const ServiceEndpoint& endpoint, RealTime::TimePoint now) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  const std::string date = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
  const std::string payload = payload_hash(request.body);
  const std::string query = canonical_query(request.query);

  http_client::Request signed_request{.method = std::move(request.method),
                                      .target = request.path,
                                      .fields = std::move(request.fields),
                                      .body = std::move(request.body)};
  if (!query.empty()) signed_request.target.append("?").append(query);
  auto& fields = signed_request.fields;
  fields.emplace_back("x-amz-content-sha256", payload);
  fields.emplace_back("x-amz-date", date);
  if (!endpoint.key.session_token.empty()) fields.emplace_back("x-amz-security-token", endpoint.key.session_token);

  const Scope scope{
      .date = std::string_view{date}.substr(0, 8), .region = endpoint.region, .service = endpoint.service};
  CanonicalRequest canonical{
      .method = signed_request.method, .path = request.path, .query = query, .fields = fields, .payload = payload};
  canonical.fields.emplace_back("host", endpoint.host + ":" + endpoint.port);
  std::sort(canonical.fields.begin(), canonical.fields.end());
  const auto made = signature(endpoint.key.secret, scope, string_to_sign(date, scope, canonical.text()));
  fields.emplace_back("Authorization", fmt::format("{} Credential={}/{}/{}/{}/{},SignedHeaders={},Signature={}",
                                                   kAlgorithm, endpoint.key.id, scope.date, scope.region, scope.service,
                                                   scope.terminator, canonical.signed_headers(), made));
  return signed_request;
}

}  // namespace millrace::signing
