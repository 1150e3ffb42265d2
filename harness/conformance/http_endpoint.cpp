#include "harness/conformance/http_endpoint.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>
#include <vector>

namespace millrace::conformance {
namespace {

constexpr auto kAnswerTimeout = std::chrono::seconds{30};
constexpr auto kStatusPause = std::chrono::milliseconds{200};
constexpr int kStatusPolls = 300;
constexpr int kOk = 200;
constexpr const char* kJsonType = "application/x-amz-json-1.0";
constexpr const char* kDescribeTable = "DynamoDB_20120810.DescribeTable";
constexpr const char* kHome = "us-east-1";

std::string authorization(const std::string& region) {
  return "AWS4-HMAC-SHA256 Credential=conformance/20130609/" + region +
         "/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, "
         "Signature=0000000000000000000000000000000000000000000000000000000000000000";
}

http_client::ConnectionOptions options_for(std::string_view url) {
  static constexpr std::string_view kScheme = "http://";
  if (!url.starts_with(kScheme)) throw std::invalid_argument("the endpoint must start with http://");
  url.remove_prefix(kScheme.size());
  url = url.substr(0, url.find('/'));
  auto colon = url.rfind(':');
  if (url.empty() || colon == 0) throw std::invalid_argument("the endpoint names no host");
  if (colon == std::string_view::npos) colon = url.size();
  const std::string_view port = colon == url.size() ? "80" : url.substr(colon + 1);
  return {.host = std::string{url.substr(0, colon)},
          .port = std::string{port},
          .most_bytes = std::nullopt,
          .patience = kAnswerTimeout};
}

std::string table_status(const Answer& answer) {
  if (answer.status != kOk) return {};
  const auto body = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
  return body.is_object() ? body.value("/Table/TableStatus"_json_pointer, "") : "";
}

std::string table_request(const std::string& name) { return nlohmann::json{{"TableName", name}}.dump(); }

void pause_between_polls() {
  boost::asio::io_context io;
  boost::asio::steady_timer{io, kStatusPause}.wait();
}

}  // namespace

HttpEndpoint::HttpEndpoint(std::string_view url, std::string run_name)
    : client_{options_for(url)}, run_name_{std::move(run_name)}, region_{kHome} {}

void HttpEndpoint::go_to(std::string_view region) {
  region_ = region.empty() ? kHome : region;
  if (region_ != kHome) other_regions_.insert(region_);
}

Answer HttpEndpoint::call(std::string_view target, const std::string& body) {
  return post("/", {{"X-Amz-Target", std::string{target}}, {"Content-Type", kJsonType}}, body);
}

bool HttpEndpoint::advance(std::string_view duration) {
  const std::string body = nlohmann::json{{"advance", duration}}.dump();
  return post("/_millrace/clock", {{"Content-Type", "application/json"}}, body).status == kOk;
}

Answer HttpEndpoint::post(std::string target, http_client::Fields fields, const std::string& body) {
  fields.emplace_back("X-Amz-Date", "20130609T100015Z");
  fields.emplace_back("Authorization", authorization(region_));
  http_client::Answer answer =
      client_.exchange({.method = "POST", .target = std::move(target), .fields = std::move(fields), .body = body});
  return {.status = static_cast<int>(answer.status), .body = std::move(answer.body)};
}

void HttpEndpoint::await_table(const std::string& name) {
  for (int poll = 0; poll < kStatusPolls; ++poll) {
    if (table_status(call(kDescribeTable, table_request(name))) == "ACTIVE") return;
    pause_between_polls();
  }
  throw std::runtime_error("the table " + name + " did not become ACTIVE");
}

void HttpEndpoint::remove_table(const std::string& name) {
  std::vector<std::string> regions{other_regions_.begin(), other_regions_.end()};
  regions.emplace_back();
  for (const auto& region : regions) {
    go_to(region);
    if (call(kDescribeTable, table_request(name)).status != kOk) continue;
    call("DynamoDB_20120810.DeleteTable", table_request(name));
  }
}

std::string HttpEndpoint::next_table_prefix() { return run_name_ + "-" + std::to_string(++cases_) + "-"; }

}  // namespace millrace::conformance
