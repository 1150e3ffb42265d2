// For unit tests: a request from its text, with no socket.
#pragma once

#include <boost/asio/buffer.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "server/http/request_parser.hpp"

namespace millrace::http {

struct ParsedRequest {
  explicit ParsedRequest(std::string_view text,
                         RequestLimits with_limits = {.header = 16384, .body = 1 << 20, .route_body = 1 << 20})
      : limits{with_limits} {
    parser.emplace(head, body, limits);
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

  RequestLimits limits;
  RequestHead head;
  std::string body;
  std::optional<RequestParser> parser;
  std::string rest;
  boost::beast::error_code error;
};

}  // namespace millrace::http
