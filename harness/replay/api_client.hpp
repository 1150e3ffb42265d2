// A small synchronous client of the public HTTP API, for the command line tools that talk to a running Millrace.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "server/http_client/blocking_client.hpp"

namespace millrace::replay {

/// Where a server listens: `http://127.0.0.1:8000`. Only plain HTTP.
struct Endpoint {
  std::string host{"127.0.0.1"};
  std::string port{"8000"};
  std::string region{};      ///< whose tables and functions are meant; empty: the server's own region
  std::string account_id{};  ///< the same of the account

  /// Reads `http://host[:port]`, `host:port` or `host`. Throws std::invalid_argument with a sentence for the user.
  static Endpoint parse(std::string_view text);
  [[nodiscard]] std::string to_string() const { return "http://" + host + ":" + port; }
};

struct ApiAnswer {
  unsigned status{0};
  nlohmann::json body;

  [[nodiscard]] bool ok() const { return status >= 200 && status < 300; }
  /// The exception's name out of `__type`, or the empty string.
  [[nodiscard]] std::string error_name() const;
};

/// One keep-alive connection, reopened when the server closed it. Not thread-safe.
/// Every call throws std::runtime_error, naming the endpoint, when the server cannot be reached.
class ApiClient {
 public:
  explicit ApiClient(Endpoint endpoint);

  /// An operation by X-Amz-Target: `DynamoDB_20120810.PutItem`.
  ApiAnswer call(std::string_view target, const nlohmann::json& body);
  /// A REST request: Lambda's API, `/_millrace/…`, `/ready`.
  ApiAnswer request(std::string_view method, std::string_view path, const nlohmann::json& body = nullptr);

  [[nodiscard]] const Endpoint& endpoint() const { return endpoint_; }

 private:
  ApiAnswer exchange(std::string_view method, std::string_view path, std::string_view target, std::string body);

  Endpoint endpoint_;
  http_client::BlockingClient client_;
};

}  // namespace millrace::replay
