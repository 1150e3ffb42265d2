#include "harness/replay/api_client.hpp"

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>
#include <stdexcept>
#include <utility>

#include "server/json/tree.hpp"

namespace millrace::replay {

using Json = nlohmann::json;

// A page of a stream holds a megabyte of items.
constexpr millrace::json::TreeBounds kAnswerBounds{.depth = 200, .values = 10'000'000};

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

ApiClient::ApiClient(Endpoint endpoint)
    : endpoint_{std::move(endpoint)}, client_{{.host = endpoint_.host, .port = endpoint_.port}} {}

ApiAnswer ApiClient::call(std::string_view target, const Json& body) {
  return exchange("POST", "/", target, millrace::json::print_tree(body));
}

ApiAnswer ApiClient::request(std::string_view method, std::string_view path, const Json& body) {
  return exchange(method, path, {}, body.is_null() ? std::string{} : millrace::json::print_tree(body));
}

ApiAnswer ApiClient::exchange(std::string_view method, std::string_view path, std::string_view target,
                              std::string body) {
  http_client::Request request{
      .method = std::string{method}, .target = std::string{path}, .fields = {}, .body = std::move(body)};
  request.fields.emplace_back("Content-Type", target.empty() ? "application/json" : "application/x-amz-json-1.0");
  // Any signature is accepted; key and region say whose tables are meant, and what is no account stands for the
  // server's own.
  request.fields.emplace_back(
      "Authorization",
      "AWS4-HMAC-SHA256 Credential=" + (endpoint_.account_id.empty() ? "millrace" : endpoint_.account_id) +
          "/20150121/" + endpoint_.region + "/dynamodb/aws4_request, SignedHeaders=host, Signature=00");
  request.fields.emplace_back("X-Amz-Date", "20150121T000000Z");
  if (!target.empty()) request.fields.emplace_back("X-Amz-Target", target);
  try {
    const http_client::Answer answer = client_.exchange(request);
    // An answer of another service may be no JSON: then there is a status alone.
    auto body_tree = millrace::json::parse_tree(answer.body, kAnswerBounds);
    return {answer.status, body_tree.has_value() ? *std::move(body_tree) : Json{}};
  } catch (const boost::system::system_error& error) {
    throw std::runtime_error(
        "no answer from " + endpoint_.to_string() + ": " + error.code().message() +
        (error.code() == boost::asio::error::connection_refused
             ? ". Nothing listens there; start a server with: millrace serve --port " + endpoint_.port
             : std::string{}));
  }
}

}  // namespace millrace::replay
