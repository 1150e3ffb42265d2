#include "harness/replay/api_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <stdexcept>
#include <utility>

#include "server/json/tree.hpp"

namespace millrace::replay {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using Json = nlohmann::json;

// A page of a stream holds a megabyte of items.
constexpr millrace::json::TreeBounds kAnswerBounds{.depth = 200, .values = 10'000'000};

struct ApiClient::Connection {
  asio::io_context io;
  asio::ip::tcp::socket socket{io};
  boost::beast::flat_buffer buffer;
};

Endpoint Endpoint::parse(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (text.starts_with("https://")) {
    throw std::invalid_argument("the endpoint must be plain http://, as Millrace does not serve TLS");
  }
  if (text.starts_with(kScheme)) text.remove_prefix(kScheme.size());
  if (const std::size_t slash = text.find('/'); slash != std::string_view::npos) text = text.substr(0, slash);
  Endpoint endpoint;
  const std::size_t colon = text.rfind(':');
  endpoint.host = std::string{text.substr(0, colon)};
  if (colon != std::string_view::npos) endpoint.port = std::string{text.substr(colon + 1)};
  if (endpoint.host.empty() || endpoint.port.empty() ||
      endpoint.port.find_first_not_of("0123456789") != std::string::npos) {
    throw std::invalid_argument("an endpoint looks like http://127.0.0.1:8000, not like '" + std::string{text} + "'");
  }
  return endpoint;
}

std::string ApiAnswer::error_name() const {
  const auto type = body.is_object() ? body.find("__type") : body.end();
  if (!body.is_object() || type == body.end() || !type->is_string()) return {};
  const auto text = type->get<std::string>();
  return text.substr(text.find('#') + 1);
}

ApiClient::ApiClient(Endpoint endpoint) : endpoint_{std::move(endpoint)} {}
ApiClient::~ApiClient() = default;

ApiAnswer ApiClient::call(std::string_view target, const Json& body) {
  return exchange("POST", "/", target, millrace::json::print_tree(body));
}

ApiAnswer ApiClient::request(std::string_view method, std::string_view path, const Json& body) {
  return exchange(method, path, {}, body.is_null() ? std::string{} : millrace::json::print_tree(body));
}

ApiAnswer ApiClient::exchange(std::string_view method, std::string_view path, std::string_view target,
                              const std::string& body) {
  beast_http::request<beast_http::string_body> request{beast_http::string_to_verb(method), path, 11};
  request.set(beast_http::field::host, endpoint_.host + ":" + endpoint_.port);
  request.set(beast_http::field::content_type, target.empty() ? "application/json" : "application/x-amz-json-1.0");
  // Any signature is accepted; key and region say whose tables are meant, and what is no account stands for the
  // server's own.
  request.set(beast_http::field::authorization,
              "AWS4-HMAC-SHA256 Credential=" + (endpoint_.account_id.empty() ? "millrace" : endpoint_.account_id) +
                  "/20150121/" + endpoint_.region + "/dynamodb/aws4_request, SignedHeaders=host, Signature=00");
  request.set("X-Amz-Date", "20150121T000000Z");
  if (!target.empty()) request.set("X-Amz-Target", target);
  request.body() = body;
  request.prepare_payload();

  for (int attempt = 0;; ++attempt) {
    const bool reused = connection_ != nullptr;
    try {
      if (!connection_) {
        auto fresh = std::make_unique<Connection>();
        asio::ip::tcp::resolver resolver{fresh->io};
        asio::connect(fresh->socket, resolver.resolve(endpoint_.host, endpoint_.port));
        fresh->socket.set_option(asio::ip::tcp::no_delay{true});
        connection_ = std::move(fresh);
      }
      beast_http::write(connection_->socket, request);
      beast_http::response_parser<beast_http::string_body> parser;
      parser.body_limit(boost::none);
      beast_http::read(connection_->socket, connection_->buffer, parser);
      const auto& response = parser.get();
      // An answer of another service may be no JSON: then there is a status alone.
      auto body_tree = millrace::json::parse_tree(response.body(), kAnswerBounds);
      ApiAnswer answer{response.result_int(), body_tree.has_value() ? *std::move(body_tree) : Json{}};
      if (!response.keep_alive()) connection_.reset();
      return answer;
    } catch (const boost::system::system_error& error) {
      connection_.reset();
      // A kept connection may have been closed by the server meanwhile; a fresh one deserves the user's attention.
      if (reused && attempt == 0) continue;
      throw std::runtime_error(
          "no answer from " + endpoint_.to_string() + ": " + error.code().message() +
          (error.code() == asio::error::connection_refused
               ? ". Nothing listens there; start a server with: millrace serve --port " + endpoint_.port
               : std::string{}));
    }
  }
}

}  // namespace millrace::replay
