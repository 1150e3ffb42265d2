// What a web page may do here: nothing, unless it was let in.
//
// Any page in a developer's browser can send requests to this machine. A browser says where a request comes from in
// Origin and Sec-Fetch-Site, which no page can change; and a page whose name was bound anew to this machine's address
// (DNS rebinding) gives itself away by the name in Host. Everything else that talks to Millrace (SDKs, command line
// tools, runtimes) sends neither field and an address, `localhost` or a name that the developer chose.
//
// Every listener asks before it reads a body. Immutable, any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// The origins whose pages may use DynamoDB and Streams (CORS).
class CorsOrigins {
 public:
  /// None.
  CorsOrigins() = default;
  static CorsOrigins any();
  /// `https://a,http://localhost:3000`; `*` among them stands for any. Blanks and a slash at the end of an origin are
  /// not part of it.
  static CorsOrigins parse(std::string_view list);

  [[nodiscard]] bool is_any() const { return any_; }
  /// Whether `origin`, the value of an Origin field, is among them.
  [[nodiscard]] bool allows(std::string_view origin) const;

 private:
  bool any_{false};
  std::vector<std::string> origins_;
};

/// What a request's head says about where it comes from: the values of Host, Origin and Sec-Fetch-Site, empty when
/// absent.
struct RequestSource {
  std::string_view host;
  std::string_view origin;
  std::string_view fetch_site;

  /// No browser sent it: the verdict depends on the host alone, whatever the surface.
  [[nodiscard]] bool says_only_host() const { return origin.empty() && fetch_site.empty(); }
};

/// What a request wants to use.
enum class Surface : std::uint8_t {
  kDynamo,   ///< DynamoDB and Streams: pages of the CORS origins may
  kControl,  ///< everything else, since it runs code or shows it: pages of this server only
};

enum class Verdict : std::uint8_t { kAllowed, kUnknownHost, kForeignPage };

class WebGuard {
 public:
  /// Lets in no page, and only addresses, `localhost` and the like as Host.
  WebGuard() = default;
  /// `allowed_hosts`: names that Host may hold besides, in any case, with or without a port; `*.suffix` stands for
  /// every name below it, `*` for any.
  explicit WebGuard(std::vector<std::string> allowed_hosts, CorsOrigins cors = {});

  [[nodiscard]] Verdict verdict(const RequestSource& source, Surface surface) const;
  /// The value of Access-Control-Allow-Origin in answers to a request for kDynamo that was allowed; empty for none.
  [[nodiscard]] std::string_view allowed_origin(const RequestSource& source) const;

  /// Why a request was refused, and what to do about it: a sentence for people.
  static std::string explain(Verdict verdict, const RequestSource& source, Surface surface);

 private:
  [[nodiscard]] bool knows_host(std::string_view host) const;

  std::vector<std::string> allowed_hosts_;  ///< lower case, without port
  CorsOrigins cors_;
};

}  // namespace millrace::http
