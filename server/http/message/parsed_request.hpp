// For unit tests: a request from its text, with no socket.
#pragma once

#include <boost/asio/buffer.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/message/request_parser.hpp"

namespace millrace::http {

/// Lets every request in, with bodies of up to `most_bytes`.
class FixedBodyLimit final : public HeadJudge {
 public:
  explicit FixedBodyLimit(std::size_t most_bytes) : most_bytes_{most_bytes} {}
  std::size_t judge(const RequestHead&, boost::beast::error_code&) override { return most_bytes_; }

 private:
  std::size_t most_bytes_;
};

struct ParsedRequest {
  explicit ParsedRequest(std::string_view text, std::size_t most_header_bytes = 16384,
                         std::size_t most_body_bytes = std::size_t{1} << 20U)
      : judge{most_body_bytes} {
    parser.emplace(head, body, most_header_bytes, judge);
    give(text);
  }
  ParsedRequest(const ParsedRequest&) = delete;
  ParsedRequest& operator=(const ParsedRequest&) = delete;

  /// Gives the parser more; what it leaves is kept for the next time.
  void give(std::string_view text) {
    rest.append(text);
    const std::size_t used = parser->put(boost::asio::buffer(rest), error);
    rest.erase(0, used);
  }
  [[nodiscard]] bool is_complete() const { return parser->is_done(); }

  FixedBodyLimit judge;
  RequestHead head;
  std::string body;
  std::optional<RequestParser> parser;
  std::string rest;
  boost::beast::error_code error;
};

}  // namespace millrace::http
