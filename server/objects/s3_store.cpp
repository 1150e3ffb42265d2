#include "server/objects/s3_store.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/objects/s3_answers.hpp"

namespace millrace::objects {
namespace {

namespace asio = boost::asio;
using http_client::Answer;

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
signing::RequestToSign put_request(std::string path, std::string bytes) {
  return {.method = "PUT", .path = std::move(path), .query = {}, .fields = {}, .body = std::move(bytes)};
}

signing::RequestToSign get_request(std::string path, std::uint64_t offset, std::size_t at_most) {
  return {.method = "GET",
          .path = std::move(path),
          .query = {},
          .fields = {{"range", fmt::format("bytes={}-{}", offset, offset + at_most - 1)}},
          .body = {}};
}

signing::RequestToSign list_request(std::string path, std::string prefix, std::string after) {
  signing::RequestToSign request{.method = "GET",
                                 .path = std::move(path),
                                 .query = {{"list-type", "2"},
                                           {"encoding-type", "url"},
                                           {"max-keys", std::to_string(ObjectStore::kMostListed)},
                                           {"prefix", std::move(prefix)}},
                                 .fields = {},
                                 .body = {}};
  if (!after.empty()) request.query.emplace_back("start-after", std::move(after));
  return request;
}

http_client::ConnectionOptions options_of(const signing::ServiceEndpoint& endpoint, std::uint64_t most_bytes) {
  return {.host = endpoint.host, .port = endpoint.port, .most_bytes = most_bytes, .patience = kPatience};
}

bool is_success(const Answer& answer) { return answer.status >= 200 && answer.status < 300; }

}  // namespace

asio::awaitable<ObjectResult<Answer>> S3Store::exchange(signing::RequestToSign request,
                                                        std::uint64_t most_bytes) const {
  http_client::Connection connection{io_, options_of(endpoint_, most_bytes)};
  const auto failed = [this](const boost::system::error_code& error) {
    return ObjectError{ObjectErrorKind::kUnavailable,
                       fmt::format("no answer from the S3 endpoint {}: {}", endpoint_.to_string(), error.message())};
  };
  auto opened = co_await connection.open();
  if (opened.has_error()) co_return failed(opened.error());
  const auto signed_request = signing::sign(std::move(request), endpoint_, time_.now());
  auto answer = co_await connection.exchange(signed_request);
  if (answer.has_error()) co_return failed(answer.error());
  co_return *std::move(answer);
}

asio::awaitable<ObjectResult<void>> S3Store::put(std::string bucket, std::string key, std::string bytes) {
  if (!is_usable(bucket)) co_return unusable(bucket);
  auto request = put_request(path_of(bucket, key), std::move(bytes));
  auto answer = co_await exchange(std::move(request), kMostBytesOfXml);
  if (answer.has_error()) co_return std::move(answer).error();
  if (!is_success(*answer)) co_return read_refusal(*answer, fmt::format("writing s3://{}/{}", bucket, key));
  co_return ObjectResult<void>{};
}

asio::awaitable<ObjectResult<std::string>> S3Store::get(std::string bucket, std::string key, std::uint64_t offset,
                                                        std::size_t at_most) {
  if (!is_usable(bucket)) co_return unusable(bucket);
  if (at_most == 0) co_return std::string{};
  auto request = get_request(path_of(bucket, key), offset, at_most);
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
  auto request = list_request(signing::percent_encode_path("/" + bucket), std::move(prefix), std::move(after));
  auto answer = co_await exchange(std::move(request), kMostBytesOfXml);
  if (answer.has_error()) co_return std::move(answer).error();
  if (!is_success(*answer)) co_return read_refusal(*answer, fmt::format("listing s3://{}", bucket));
  co_return read_listing(answer->body);
}

}  // namespace millrace::objects
