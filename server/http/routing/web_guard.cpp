#include "server/http/routing/web_guard.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <utility>

#include "server/http/message/request_parser.hpp"
#include "server/http/message/utf8.hpp"

namespace millrace::http {
namespace {

// What container engines call the machine they run on. No public DNS serves `.internal`.
constexpr std::array<std::string_view, 4> kContainerHosts{"host.docker.internal", "gateway.docker.internal",
                                                          "host.containers.internal", "host.testcontainers.internal"};
// What is quoted of a request in a sentence.
constexpr std::size_t kLongestQuote = 255;

std::string quote(std::string_view text) {
  std::string quoted;
  append_as_utf8(quoted, text.substr(0, kLongestQuote));
  return quoted;
}

struct Authority {
  std::string_view host;
  std::string_view port;  ///< empty when none is given
};

/// `name:8000`, `127.0.0.1`, `[::1]:8000` taken apart; brackets stay.
Authority split_authority(std::string_view text) {
  const std::size_t name_end = text.starts_with('[') ? std::min(text.find(']'), text.size()) : 0;
  const std::size_t colon = text.find(':', name_end);
  if (colon == std::string_view::npos) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

bool is_address(std::string_view host) {
  boost::system::error_code error;
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    boost::asio::ip::make_address_v6(std::string{host.substr(1, host.size() - 2)}, error);
  } else {
    // Most names fail at their first letter.
    if (host.empty() || host.front() < '0' || host.front() > '9') return false;
    boost::asio::ip::make_address_v4(std::string{host}, error);
  }
  return !error;
}

bool ends_with_ignoring_case(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && equal_ignoring_case(text.substr(text.size() - end.size()), end);
}

bool matches_pattern(std::string_view host, std::string_view pattern) {
  if (pattern == "*") return true;
  if (pattern.starts_with("*.")) {
    return host.size() >= pattern.size() && ends_with_ignoring_case(host, pattern.substr(1));
  }
  return equal_ignoring_case(host, pattern);
}

/// Whether `origin` is where a page of this server itself comes from: the same name and port as in Host.
bool is_own_origin(std::string_view origin, std::string_view host) {
  const std::size_t scheme_end = origin.find("://");
  if (scheme_end == std::string_view::npos || host.empty()) return false;
  const std::string_view default_port = origin.substr(0, scheme_end) == "https" ? "443" : "80";
  const Authority from = split_authority(origin.substr(scheme_end + 3));
  const Authority here = split_authority(host);
  const auto port_of = [&](const Authority& authority) {
    return authority.port.empty() ? default_port : authority.port;
  };
  return equal_ignoring_case(from.host, here.host) && port_of(from) == port_of(here);
}

/// Whether a page of another origin sent the request, as far as its browser says.
bool is_from_foreign_page(const RequestSource& source) {
  if (source.origin.empty()) return source.fetch_site == "cross-site" || source.fetch_site == "same-site";
  return source.fetch_site == "cross-site" || !is_own_origin(source.origin, source.host);
}

std::string_view without_padding(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('/')) text.remove_suffix(1);
  return text;
}

}  // namespace

CorsOrigins CorsOrigins::any() {
  CorsOrigins origins;
  origins.any_ = true;
  return origins;
}

CorsOrigins CorsOrigins::parse(std::string_view list) {
  CorsOrigins origins;
  while (!list.empty()) {
    const std::size_t end = std::min(list.find(','), list.size());
    const std::string_view origin = without_padding(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (origin == "*") origins.any_ = true;
    if (!origin.empty()) origins.origins_.emplace_back(origin);
  }
  return origins;
}

bool CorsOrigins::allows(std::string_view origin) const {
  return any_ || std::any_of(origins_.begin(), origins_.end(),
                             [origin](const std::string& each) { return equal_ignoring_case(each, origin); });
}

WebGuard::WebGuard(std::vector<std::string> allowed_hosts, CorsOrigins cors) : cors_{std::move(cors)} {
  for (const std::string& each : allowed_hosts) {
    std::string_view name = split_authority(each).host;
    if (name.ends_with('.')) name.remove_suffix(1);
    if (!name.empty()) allowed_hosts_.emplace_back(name);
  }
}

bool WebGuard::knows_host(std::string_view host) const {
  if (equal_ignoring_case(host, "localhost") || is_address(host)) return true;
  if (host.ends_with('.')) host.remove_suffix(1);
  if (equal_ignoring_case(host, "localhost") || ends_with_ignoring_case(host, ".localhost")) return true;
  const auto is_host = [host](std::string_view pattern) { return matches_pattern(host, pattern); };
  return std::any_of(kContainerHosts.begin(), kContainerHosts.end(), is_host) ||
         std::any_of(allowed_hosts_.begin(), allowed_hosts_.end(), is_host);
}

Verdict WebGuard::verdict(const RequestSource& source, Surface surface) const {
  // Clients of HTTP/1.0 send no Host; browsers always do.
  if (!source.host.empty() && !knows_host(split_authority(source.host).host)) return Verdict::kUnknownHost;
  if (source.says_only_host()) return Verdict::kAllowed;
  if (!is_from_foreign_page(source)) return Verdict::kAllowed;
  const bool let_in = surface == Surface::kDynamo && cors_.allows(source.origin);
  return let_in ? Verdict::kAllowed : Verdict::kForeignPage;
}

std::string_view WebGuard::allowed_origin(const RequestSource& source) const {
  if (source.origin.empty()) return {};
  if (cors_.is_any()) return "*";
  return cors_.allows(source.origin) ? source.origin : std::string_view{};
}

std::string WebGuard::explain(Verdict verdict, const RequestSource& source, Surface surface) {
  std::string text;
  if (verdict == Verdict::kUnknownHost) {
    const std::string name = quote(split_authority(source.host).host);
    return text.append("Millrace does not answer to the host name '")
        .append(name)
        .append(
            "': a web page could have bound it to this address. If it is yours, start Millrace with --allowed-host ")
        .append(name)
        .append(" (or MILLRACE_ALLOWED_HOSTS).");
  }
  const std::string origin = quote(source.origin);
  text.append("Millrace does not serve web pages of ");
  if (origin.empty()) {
    text.append("other sites");
  } else {
    text.append("the origin '").append(origin).append("'");
  }
  if (surface == Surface::kControl) return text.append(" here: this path can run code. --cors is for DynamoDB only.");
  text.append(". To let them use DynamoDB, start it with --cors");
  if (!origin.empty()) text.append(" ").append(origin);
  return text.append(" (or MILLRACE_CORS).");
}

}  // namespace millrace::http
