#include "server/objects/s3_store.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <stdexcept>

#include "server/objects/s3_answers.hpp"

namespace millrace::objects {
namespace {

namespace asio = boost::asio;
using http_client::Answer;
using http_client::Request;

/// Of answers without an object: a page of the longest keys, each byte of them escaped.
constexpr std::uint64_t kMostBytesOfXml = std::uint64_t{8} << 20U;
constexpr std::chrono::minutes kPatience{1};
constexpr unsigned kRangeNotSatisfiable = 416;

std::string path_of(const std::string& bucket, const std::string& key) {
  return signing::percent_encode_path("/" + bucket + "/" + key);
}

bool is_usable(std::string_view bucket) { return !bucket.empty() && bucket.find('/') == std::string_view::npos; }

ObjectError unusable(const std::string& bucket) {
  return {ObjectErrorKind::kUnusableName, fmt::format("'{}' can be no bucket", bucket)};
}

// Made outside the coroutines: g++ 12 does not get braces within them right.
signing::NamesAndValues no_fields() { return {}; }

signing::NamesAndValues range_of(std::uint64_t offset, std::size_t at_most) {
  return {{"range", fmt::format("bytes={}-{}", offset, offset + at_most - 1)}};
}

signing::NamesAndValues listing_query(std::string prefix, std::string after) {
  signing::NamesAndValues query{{"list-type", "2"},
                                {"encoding-type", "url"},
                                {"max-keys", std::to_string(ObjectStore::kMostListed)},
                                {"prefix", std::move(prefix)}};
  if (!after.empty()) query.emplace_back("start-after", std::move(after));
  return query;
}

http_client::ConnectionOptions options_of(const S3Endpoint& endpoint, std::uint64_t most_bytes) {
  return {.host = endpoint.host, .port = endpoint.port, .most_bytes = most_bytes, .patience = kPatience};
}

bool is_success(const Answer& answer) { return answer.status >= 200 && answer.status < 300; }

}  // namespace

S3Endpoint S3Endpoint::parse(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  if (url.starts_with("https://")) {
    throw std::invalid_argument(fmt::format("{}: only plain http:// is spoken to an S3 endpoint", url));
  }
  if (!url.starts_with(kScheme)) {
    throw std::invalid_argument(fmt::format("'{}' is no S3 endpoint; it looks like http://localhost:9000", url));
  }
  std::string_view authority = url.substr(kScheme.size());
  while (authority.ends_with('/')) authority.remove_suffix(1);
  const std::size_t colon = authority.rfind(':');
  S3Endpoint endpoint;
  endpoint.host = authority.substr(0, colon);
  endpoint.port = colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
  const bool is_number = !endpoint.port.empty() && endpoint.port.size() <= 5 &&
                         endpoint.port.find_first_not_of("0123456789") == std::string::npos;
  if (endpoint.host.empty() || !is_number || endpoint.host.find_first_of("/?#@ ") != std::string::npos) {
    throw std::invalid_argument(fmt::format("'{}' is no S3 endpoint; it looks like http://localhost:9000", url));
  }
  return endpoint;
}

Request S3Store::signed_request(std::string method, std::string_view path, const signing::NamesAndValues& query,
                                const signing::NamesAndValues& fields, std::string body) const {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time_.now()).time_since_epoch().count();
  const std::string date = fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(seconds)));
  const std::string payload = signing::payload_hash(body);
  const std::string canonical_query = signing::canonical_query(query);

  Request request{.method = std::move(method), .target = std::string{path}, .fields = {}, .body = std::move(body)};
  if (!canonical_query.empty()) request.target.append("?").append(canonical_query);
  for (const auto& field : fields) request.fields.push_back(field);
  request.fields.emplace_back("x-amz-content-sha256", payload);
  request.fields.emplace_back("x-amz-date", date);
  if (!endpoint_.key.session_token.empty()) {
    request.fields.emplace_back("x-amz-security-token", endpoint_.key.session_token);
  }

  const signing::Scope scope{.date = std::string_view{date}.substr(0, 8), .region = endpoint_.region, .service = "s3"};
  signing::CanonicalRequest canonical{
      .method = request.method, .path = path, .query = canonical_query, .fields = request.fields, .payload = payload};
  canonical.fields.emplace_back("host", endpoint_.host + ":" + endpoint_.port);
  std::sort(canonical.fields.begin(), canonical.fields.end());
  const auto signature =
      signing::signature(endpoint_.key.secret, scope, signing::string_to_sign(date, scope, canonical.text()));
  request.fields.emplace_back(
      "Authorization",
      fmt::format("{} Credential={}/{}/{}/{}/{},SignedHeaders={},Signature={}", signing::kAlgorithm, endpoint_.key.id,
                  scope.date, scope.region, scope.service, scope.terminator, canonical.signed_headers(), signature));
  return request;
}

asio::awaitable<ObjectResult<Answer>> S3Store::exchange(Request request, std::uint64_t most_bytes) const {
  http_client::Connection connection{io_, options_of(endpoint_, most_bytes)};
  const auto failed = [this](const boost::system::error_code& error) {
    return ObjectError{ObjectErrorKind::kUnavailable, fmt::format("no answer from the S3 endpoint http://{}:{}: {}",
                                                                  endpoint_.host, endpoint_.port, error.message())};
  };
  auto opened = co_await connection.open();
  if (opened.has_error()) co_return failed(opened.error());
  auto answer = co_await connection.exchange(request);
  if (answer.has_error()) co_return failed(answer.error());
  co_return *std::move(answer);
}

asio::awaitable<ObjectResult<void>> S3Store::put(std::string bucket, std::string key, std::string bytes) {
  if (!is_usable(bucket)) co_return unusable(bucket);
  auto request = signed_request("PUT", path_of(bucket, key), no_fields(), no_fields(), std::move(bytes));
  auto answer = co_await exchange(std::move(request), kMostBytesOfXml);
  if (answer.has_error()) co_return std::move(answer).error();
  if (!is_success(*answer)) co_return read_refusal(*answer, fmt::format("writing s3://{}/{}", bucket, key));
  co_return ObjectResult<void>{};
}

asio::awaitable<ObjectResult<std::string>> S3Store::get(std::string bucket, std::string key, std::uint64_t offset,
                                                        std::size_t at_most) {
  if (!is_usable(bucket)) co_return unusable(bucket);
  if (at_most == 0) co_return std::string{};
  auto request = signed_request("GET", path_of(bucket, key), no_fields(), range_of(offset, at_most), std::string{});
  auto answer = co_await exchange(std::move(request), at_most + kMostBytesOfXml);
  if (answer.has_error()) co_return std::move(answer).error();
  if (answer->status == kRangeNotSatisfiable) co_return std::string{};  // it ends before
  if (!is_success(*answer)) co_return read_refusal(*answer, fmt::format("reading s3://{}/{}", bucket, key));
  if (answer->status == 200) {  // the whole of it: small, or of a server that knows no ranges
    answer->body = answer->body.substr(std::min<std::uint64_t>(offset, answer->body.size()), at_most);
  }
  co_return std::move(answer->body);
}

asio::awaitable<ObjectResult<ObjectPage>> S3Store::list(std::string bucket, std::string prefix, std::string after) {
  if (!is_usable(bucket)) co_return unusable(bucket);
  auto request = signed_request("GET", signing::percent_encode_path("/" + bucket),
                                listing_query(std::move(prefix), std::move(after)), no_fields(), std::string{});
  auto answer = co_await exchange(std::move(request), kMostBytesOfXml);
  if (answer.has_error()) co_return std::move(answer).error();
  if (!is_success(*answer)) co_return read_refusal(*answer, fmt::format("listing s3://{}", bucket));
  co_return read_listing(answer->body);
}

}  // namespace millrace::objects
