// Requests that we sign: to other servers that stand for services of AWS, which users name by a flag.
#pragma once

#include <string>
#include <string_view>

#include "server/http_client/connection.hpp"
#include "server/model/access_key.hpp"
#include "server/signing/signature_v4.hpp"
#include "server/time/real_time.hpp"

namespace millrace::signing {

/// A server, and with what it is asked.
struct ServiceEndpoint {
  std::string host;
  std::string port;
  std::string region{"us-east-1"};
  std::string service;  ///< `s3`, as scopes call it
  model::AccessKey key;

  /// Reads `http://host[:port]`. Throws std::invalid_argument with a sentence for the user.
  static ServiceEndpoint parse(std::string_view url, std::string_view service);
  [[nodiscard]] std::string to_string() const { return "http://" + host + ":" + port; }
};

struct RequestToSign {
  std::string method{"POST"};
  std::string path{"/"};  ///< encoded
  NamesAndValues query;   ///< decoded
  NamesAndValues fields;  ///< names in lower case; all of them are signed
  std::string body;
};

/// `now` is the machine's time: whoever verifies compares it with a clock of its own.
http_client::Request sign(RequestToSign request, const ServiceEndpoint& endpoint, RealTime::TimePoint now);

}  // namespace millrace::signing
