#include "harness/conformance/http_endpoint.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

namespace millrace::conformance {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;

constexpr auto kAnswerTimeout = std::chrono::seconds{30};
constexpr auto kStatusPause = std::chrono::milliseconds{200};
constexpr int kStatusPolls = 300;
constexpr int kOk = 200;
constexpr const char* kJsonType = "application/x-amz-json-1.0";
constexpr const char* kDescribeTable = "DynamoDB_20120810.DescribeTable";
constexpr const char* kAuthorization =
    "AWS4-HMAC-SHA256 Credential=conformance/20130609/us-east-1/dynamodb/aws4_request, "
    "SignedHeaders=host;x-amz-date;x-amz-target, "
    "Signature=0000000000000000000000000000000000000000000000000000000000000000";

using StringRequest = http::request<http::string_body>;

std::pair<std::string, std::string> host_and_port(std::string_view url) {
  static constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) throw std::invalid_argument("the endpoint must start with http://");
  url.remove_prefix(kScheme.size());
  url = url.substr(0, url.find('/'));
  const auto colon = url.rfind(':');
  if (url.empty() || colon == 0) throw std::invalid_argument("the endpoint names no host");
  if (colon == std::string_view::npos) return {std::string{url}, "80"};
  return {std::string{url.substr(0, colon)}, std::string{url.substr(colon + 1)}};
}

std::string table_status(const Answer& answer) {
  if (answer.status != kOk) return {};
  const auto body = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  return body.is_object() ? body.value("/Table/TableStatus"_json_pointer, "") : "";
}

std::string table_request(const std::string& name) { return nlohmann::json{{"TableName", name}}.dump(); }

}  // namespace

/// One kept-alive connection, made when needed and again after an error. Blocks, but never longer than kAnswerTimeout.
struct HttpEndpoint::Connection {
  explicit Connection(std::string_view url) { std::tie(host, port) = host_and_port(url); }

  Answer exchange(StringRequest request) {
    request.set(http::field::host, host + ":" + port);
    request.set("X-Amz-Date", "20130609T100015Z");
    request.set(http::field::authorization, kAuthorization);
    request.prepare_payload();
    try {
      return exchange_once(request);
    } catch (const beast::system_error&) {
      stream_.reset();  // an idle connection may have been closed by the peer: once more on a new one
      return exchange_once(request);
    }
  }

  void pause() {
    asio::steady_timer timer{io_, kStatusPause};
    timer.async_wait([](beast::error_code) {});
    finish();
  }

  std::string host;
  std::string port;

 private:
  Answer exchange_once(const StringRequest& request) {
    if (!stream_) connect();
    http::response_parser<http::string_body> parser;
    parser.body_limit(boost::none);
    beast::error_code failure;
    stream_->expires_after(kAnswerTimeout);
    http::async_write(*stream_, request, [&](beast::error_code error, std::size_t) {
      failure = error;
      if (error) return;
      http::async_read(*stream_, buffer_, parser,
                       [&](beast::error_code read_error, std::size_t) { failure = read_error; });
    });
    finish();
    if (failure) throw beast::system_error{failure};
    if (!parser.keep_alive()) stream_.reset();
    return {.status = static_cast<int>(parser.get().result_int()), .body = std::move(parser.get().body())};
  }

  void connect() {
    asio::ip::tcp::resolver resolver{io_};
    const auto addresses = resolver.resolve(host, port);
    stream_.emplace(io_);
    buffer_.clear();
    beast::error_code failure;
    stream_->expires_after(kAnswerTimeout);
    stream_->async_connect(addresses, [&](beast::error_code error, const auto&) { failure = error; });
    finish();
    if (failure) {
      stream_.reset();
      throw beast::system_error{failure};
    }
  }

  void finish() {
    io_.restart();
    io_.run();
  }

  asio::io_context io_;
  std::optional<beast::tcp_stream> stream_;
  beast::flat_buffer buffer_;
};

HttpEndpoint::HttpEndpoint(std::string_view url, std::string run_name)
    : connection_{std::make_unique<Connection>(url)}, run_name_{std::move(run_name)} {}

HttpEndpoint::~HttpEndpoint() = default;

Answer HttpEndpoint::call(std::string_view target, const std::string& body) {
  StringRequest request{http::verb::post, "/", 11};
  request.set("X-Amz-Target", target);
  request.set(http::field::content_type, kJsonType);
  request.body() = body;
  return connection_->exchange(std::move(request));
}

bool HttpEndpoint::advance(std::string_view duration) {
  StringRequest request{http::verb::post, "/_millrace/clock", 11};
  request.set(http::field::content_type, "application/json");
  request.body() = nlohmann::json{{"advance", duration}}.dump();
  return connection_->exchange(std::move(request)).status == kOk;
}

void HttpEndpoint::await_table(const std::string& name) {
  for (int poll = 0; poll < kStatusPolls; ++poll) {
    if (table_status(call(kDescribeTable, table_request(name))) == "ACTIVE") return;
    connection_->pause();
  }
  throw std::runtime_error("the table " + name + " did not become ACTIVE");
}

void HttpEndpoint::remove_table(const std::string& name) {
  if (call(kDescribeTable, table_request(name)).status != kOk) return;
  call("DynamoDB_20120810.DeleteTable", table_request(name));
}

std::string HttpEndpoint::next_table_prefix() { return run_name_ + "-" + std::to_string(++cases_) + "-"; }

}  // namespace millrace::conformance
