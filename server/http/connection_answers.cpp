// What a connection answers: the header and the body of every kind of answer. How it reads and writes is
// connection.cpp.
#include <spdlog/spdlog.h>

#include <boost/system/errc.hpp>
#include <exception>
#include <new>
#include <string>
#include <utility>

#include "server/http/connection.hpp"
#include "server/http/message/content_coding.hpp"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;

// AWS compresses answers that are larger than this (API reference, 1.7).
constexpr std::size_t kCompressFrom = 4096;
constexpr std::string_view kExposedHeaders = "x-amzn-requestid,x-amzn-errortype,x-amzn-errormessage,x-amz-crc32,date";

ApiError out_of_memory() { return base::internal_server_error(StorageErrorKind::kOutOfMemory); }

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
  if (has_length) append_field(head_text_, "Content-Length", std::uint64_t{answer_body().size()});
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

Conversation& Connection::conversation() {
  if (!conversation_) conversation_ = listener_->parts().conversations();
  return *conversation_;
}

void Connection::end_conversation() {
  if (const auto over = std::exchange(conversation_, nullptr)) over->ended();
}

asio::awaitable<bool> Connection::converse() {
  Request request{.method = head_.method(),
                  .path = head_.path(),
                  .query = head_.query(),
                  .body = body_,
                  .header = [this](std::string_view name) { return head_.find(name); },
                  .trailer = [this](std::string_view name) { return head_.find_trailer(name); },
                  .keep_alive = keep_alive_,
                  .on_peer_closed = [this](std::function<void()> callback) { watch_peer(std::move(callback)); },
                  .hold =
                      [this](std::size_t bytes, std::function<void()> give_up) {
                        give_up_ = std::move(give_up);
                        share_->hold(bytes);
                      }};
  std::optional<Response> response;
  try {
    response = co_await conversation().answer(request);
  } catch (const std::bad_alloc&) {
    spdlog::critical("{} {} failed: out of memory", head_.method(), head_.path());
    response = conversation().refuse(Refusal::kFailed, out_of_memory().message);
  } catch (const std::exception& bug) {
    spdlog::critical("{} {} failed: {}", head_.method(), head_.path(), bug.what());
    response = conversation().refuse(Refusal::kFailed, "Internal error");
  }
  unwatch_peer();
  give_up_ = nullptr;
  share_->hold(0);
  if (!response) co_return false;
  finish(*std::move(response));
  co_return true;
}

void Connection::finish(Response response) {
  out_ = std::move(response.body);
  shared_out_ = std::move(response.shared_body);
  peer_is_busy_ = response.peer_is_busy;
  stream_ = std::move(response.stream);
  if (response.close || stream_) keep_alive_ = false;
  begin_head(response.status);
  const bool may_have_body = response.status != 204 && response.status != 304;
  if (may_have_body && !response.content_type.empty()) {
    append_field(head_text_, "Content-Type", response.content_type);
  }
  bool wants_request_id = listener_->options().request_id_seed.has_value();
  for (const auto& [name, value] : response.headers) {
    append_field(head_text_, name, value);
    wants_request_id = wants_request_id && !equal_ignoring_case(name, "x-amzn-requestid");
  }
  if (wants_request_id) append_field(head_text_, "x-amzn-RequestId", request_ids_.next_uuid());
  if (stream_ && !parser_->is_http_1_0()) append_safe_field(head_text_, "Transfer-Encoding", "chunked");
  end_head(may_have_body && !stream_);
  if (head_.method() == "HEAD") stream_.reset();
}

void Connection::finish(Refusal refusal, std::string_view reason) { finish(conversation().refuse(refusal, reason)); }

void Connection::refuse() {
  keep_alive_ = false;
  if (out_of_memory_) {
    answer_out_of_memory();
  } else if (verdict_ != Verdict::kAllowed) {
    refuse_page();
  } else if (parse_error_ == boost::system::errc::not_enough_memory) {
    refuse_for_room();
  } else if (parse_error_ == boost::system::errc::not_supported) {
    finish(Refusal::kUnsupportedCoding, "of the transfer codings only chunked is supported");
  } else if (parse_error_ != beast_http::error::body_limit) {
    finish(Refusal::kMalformed, parse_error_.message());
  } else if (is_dynamo()) {
    const ApiError error{ErrorKind::kRequestTooLarge};
    out_ = base::to_body(error);
    finish_dynamo({.status = base::traits_of(error.kind).http_status, .content_type = "application/json"});
  } else {
    finish(Refusal::kTooLarge, "the body is larger than it may be");
  }
}

void Connection::refuse_for_room() {
  keep_alive_ = false;
  finish(Refusal::kNoRoom, "too many request bodies and answers are on their way: try again later");
}

void Connection::answer_out_of_memory() {
  std::string{}.swap(body_);
  std::string{}.swap(out_);
  shared_out_.reset();
  head_text_.clear();
  spdlog::critical("{} {} failed: out of memory", head_.method(), head_.path());
  const ApiError error = out_of_memory();
  if (!is_dynamo()) return finish(Refusal::kFailed, error.message);
  out_ = base::to_body(error);
  finish_dynamo({.status = base::traits_of(error.kind).http_status, .content_type = "application/json"});
}

void Connection::refuse_page() {
  const Surface surface = is_dynamo() ? Surface::kDynamo : Surface::kControl;
  const std::string reason = WebGuard::explain(verdict_, source(), surface);
  spdlog::warn("refused {} {}: {}", head_.method(), head_.path(), reason);
  finish(Refusal::kForeignPage, reason);
}

void Connection::refuse_truncated() {
  keep_alive_ = false;
  finish(Refusal::kMalformed, "the request ended before its header or body was complete");
}

}  // namespace millrace::http
