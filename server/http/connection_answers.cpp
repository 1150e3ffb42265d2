// What a connection answers: the header and the body of every kind of answer. How it reads and writes is
// connection.cpp.
#include <spdlog/spdlog.h>

#include <boost/system/errc.hpp>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "server/http/connection.hpp"
#include "server/http/content_coding.hpp"
#include "server/http/unserved.hpp"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

// AWS compresses answers that are larger than this (API reference, 1.7).
constexpr std::size_t kCompressFrom = 4096;
constexpr std::string_view kExposedHeaders = "x-amzn-requestid,x-amzn-errortype,x-amzn-errormessage,x-amz-crc32,date";

Response plain_error(std::uint16_t status, std::string_view text) {
  Response response{.status = status, .body = "{\"message\":", .headers = {}};
  base::append_json_string(response.body, text);
  response.body.push_back('}');
  return response;
}

}  // namespace

void Connection::begin_head(unsigned status) {
  keep_alive_ = keep_alive_ && !listener_->is_stopping();
  append_status_line(head_text_, status);
  answered_at_ = listener_->parts().time.now();
  head_text_.append("Server: Server\r\nDate: ").append(date_.at(answered_at_));
  head_text_.append(keep_alive_ ? "\r\nConnection: keep-alive\r\n" : "\r\nConnection: close\r\n");
  append_cors_fields();
}

void Connection::append_cors_fields() {
  if (!head_.has(KnownField::kOrigin) || !is_dynamo()) return;
  const std::string_view allowed = listener_->options().guard.allowed_origin(source());
  if (allowed.empty()) return;
  append_field(head_text_, "Access-Control-Allow-Origin", allowed);
  append_field(head_text_, "Access-Control-Expose-Headers", kExposedHeaders);
  if (allowed != "*") append_field(head_text_, "Vary", "Origin");
}

void Connection::end_head(bool has_length) {
  if (has_length) append_field(head_text_, "Content-Length", std::uint64_t{out_.size()});
  head_text_.append("\r\n");
  send_body_ = has_length && head_.method() != "HEAD";
}

Coding Connection::answer_coding() const {
  if (out_.size() <= kCompressFrom || !head_.has(KnownField::kAcceptEncoding)) return Coding::kIdentity;
  return choose_coding(head_.known(KnownField::kAcceptEncoding));
}

void Connection::finish_dynamo(const DynamoAnswer& answer, Coding coding) {
  begin_head(answer.status);
  if (coding != Coding::kIdentity) append_safe_field(head_text_, "Content-Encoding", name_of(coding));
  if (!answer.content_type.empty()) append_safe_field(head_text_, "Content-Type", answer.content_type);
  append_safe_field(head_text_, "x-amzn-RequestId", request_ids_.next_long());
  append_field(head_text_, "x-amz-crc32", std::uint64_t{crc32_of(out_)});
  end_head(/*has_length=*/true);
}

bool Connection::is_preflight() const {
  return head_.has(KnownField::kOrigin) && head_.method() == "OPTIONS" && is_dynamo() &&
         !listener_->options().guard.allowed_origin(source()).empty();
}

void Connection::answer_preflight() {
  begin_head(200);
  if (head_.has(KnownField::kCorsHeaders)) {
    append_field(head_text_, "Access-Control-Allow-Headers", head_.known(KnownField::kCorsHeaders));
  }
  if (head_.has(KnownField::kCorsMethod)) {
    append_field(head_text_, "Access-Control-Allow-Methods", head_.known(KnownField::kCorsMethod));
  }
  append_field(head_text_, "Access-Control-Max-Age", std::uint64_t{172800});
  append_field(head_text_, "x-amzn-RequestId", request_ids_.next_long());
  append_field(head_text_, "x-amz-crc32", std::uint64_t{crc32_of(out_)});
  end_head(/*has_length=*/true);
}

asio::awaitable<void> Connection::answer_route() { finish_route(co_await call_route()); }

asio::awaitable<Response> Connection::call_route() {
  Decoded decoded = Decoded::kDone;
  if (const auto coding = head_.known(KnownField::kContentEncoding); !coding.empty()) {
    // A few bytes may become very many.
    co_await listener_->parts().engine.aside([&] { decoded = decode_body(coding, body_, route_.body_limit.bytes); });
  }
  switch (decoded) {
    case Decoded::kDone: break;
    case Decoded::kTooLarge: co_return to_rest_response(request_too_large(route_.body_limit));
    case Decoded::kCorrupt: co_return plain_error(400, "the body is not what its Content-Encoding says");
    case Decoded::kUnsupported: co_return plain_error(415, "this Content-Encoding is not supported");
  }
  if (route_.handler == nullptr) {
    if (!route_.path_known) co_return unserved_path(head_);
    Response refused = plain_error(405, "this path serves " + route_.allow);
    refused.headers.emplace_back("Allow", route_.allow);
    co_return refused;
  }
  Request request{.method = head_.method(),
                  .path = head_.path(),
                  .query = head_.query(),
                  .body = body_,
                  .header = [this](std::string_view name) { return head_.find(name); },
                  .on_peer_closed = [this](std::function<void()> callback) { watch_peer(std::move(callback)); },
                  .hold =
                      [this](std::size_t bytes, std::function<void()> give_up) {
                        give_up_ = std::move(give_up);
                        share_->hold(bytes);
                      }};
  Response response;
  try {
    response = co_await (*route_.handler)(request, std::move(route_.parameters));
  } catch (const std::bad_alloc&) {
    spdlog::critical("{} {} failed: out of memory", head_.method(), head_.path());
    response = to_rest_response(
        {ErrorKind::kLambdaService, base::internal_server_error(StorageErrorKind::kOutOfMemory).message});
  } catch (const std::exception& bug) {
    spdlog::critical("{} {} failed: {}", head_.method(), head_.path(), bug.what());
    response = to_rest_response({ErrorKind::kLambdaService, "Internal error"});
  }
  unwatch_peer();
  give_up_ = nullptr;
  share_->hold(0);
  co_return response;
}

void Connection::finish_route(Response response) {
  out_ = std::move(response.body);
  if (response.close) keep_alive_ = false;
  begin_head(response.status);
  const bool may_have_body = response.status != 204 && response.status != 304;
  if (may_have_body && !response.content_type.empty()) {
    append_field(head_text_, "Content-Type", response.content_type);
  }
  bool has_request_id = false;
  for (const auto& [name, value] : response.headers) {
    append_field(head_text_, name, value);
    has_request_id = has_request_id || equal_ignoring_case(name, "x-amzn-requestid");
  }
  if (!has_request_id) append_field(head_text_, "x-amzn-RequestId", request_ids_.next_uuid());
  end_head(may_have_body);
}

void Connection::refuse() {
  keep_alive_ = false;
  if (out_of_memory_) {
    answer_out_of_memory();
  } else if (verdict_ != Verdict::kAllowed) {
    refuse_page();
  } else if (parse_error_ == boost::system::errc::not_enough_memory) {
    refuse_for_room();
  } else if (parse_error_ == boost::system::errc::not_supported) {
    finish_route(plain_error(501, "of the transfer codings only chunked is supported"));
  } else if (parse_error_ != beast_http::error::body_limit) {
    finish_route(plain_error(400, parse_error_.message()));
  } else if (is_dynamo()) {
    const ApiError error{ErrorKind::kRequestTooLarge};
    out_ = base::to_body(error);
    finish_dynamo({.status = base::traits_of(error.kind).http_status, .content_type = "application/json"});
  } else {
    finish_route(to_rest_response(request_too_large(route_.body_limit)));
  }
}

void Connection::refuse_for_room() {
  keep_alive_ = false;
  finish_route(plain_error(503, "too many request bodies and answers are on their way: try again later"));
}

void Connection::answer_out_of_memory() {
  std::string{}.swap(body_);
  std::string{}.swap(out_);
  head_text_.clear();
  spdlog::critical("{} {} failed: out of memory", head_.method(), head_.path());
  const ApiError error = base::internal_server_error(StorageErrorKind::kOutOfMemory);
  if (!is_dynamo()) return finish_route(to_rest_response({ErrorKind::kLambdaService, error.message}));
  out_ = base::to_body(error);
  finish_dynamo({.status = base::traits_of(error.kind).http_status, .content_type = "application/json"});
}

void Connection::refuse_page() {
  const Surface surface = is_dynamo() ? Surface::kDynamo : Surface::kControl;
  const std::string reason = WebGuard::explain(verdict_, source(), surface);
  spdlog::warn("refused {} {}: {}", head_.method(), head_.path(), reason);
  // `__type` for the SDKs of DynamoDB, the header for Lambda's, `message` for both.
  Response refused{.status = 403,
                   .body = R"({"__type":"com.amazon.coral.service#AccessDeniedException","message":)",
                   .headers = {{"x-amzn-ErrorType", "AccessDeniedException"}}};
  base::append_json_string(refused.body, reason);
  refused.body.push_back('}');
  finish_route(std::move(refused));
}

void Connection::refuse_truncated() {
  keep_alive_ = false;
  finish_route(plain_error(400, "the request ended before its header or body was complete"));
}

}  // namespace millrace::http
