#include "server/http/connection.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/system/errc.hpp>
#include <exception>
#include <iterator>
#include <new>
#include <utility>

namespace millrace::http {
namespace {

namespace asio = boost::asio;
namespace beast_http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kReadSize = std::size_t{8} << 10U;
constexpr std::size_t kLargeReadSize = std::size_t{64} << 10U;
// What a large request or answer leaves behind is given back, so that thousands of idle connections stay small.
constexpr std::size_t kKeptCapacity = std::size_t{64} << 10U;
// Compressing more than this takes longer than it takes to hand it over.
constexpr std::size_t kLongAnswer = std::size_t{64} << 10U;
constexpr Duration kLingerTimeout = std::chrono::seconds{5};
constexpr std::size_t kLongestKeptHost = 255;
// RFC 9112, 2.2 asks for one; what is more than a slip is refused like any other nonsense.
constexpr int kMostEmptyLines = 8;

void give_back(std::string& text) {
  if (text.capacity() > kKeptCapacity) std::string{}.swap(text);
}

/// The chunk of a body; an empty one is its end.
void append_chunk(std::string& out, std::string_view piece) {
  fmt::format_to(std::back_inserter(out), "{:x}\r\n", piece.size());
  out.append(piece).append("\r\n");
}

}  // namespace

Connection::Connection(std::shared_ptr<Listener> listener, tcp::socket socket, RequestIds request_ids)
    : listener_{std::move(listener)}, socket_{std::move(socket)}, request_ids_{request_ids} {}

void Connection::start() {
  error_code ignored;
  socket_.set_option(tcp::no_delay{true}, ignored);
  socket_.non_blocking(true, ignored);
  set_deadline(listener_->parts().time.now() + listener_->options().idle_timeout);
  // The budget may call while this connection ends on another thread.
  share_.emplace(listener_->options().budget, [weak = weak_from_this(), executor = executor()] {
    asio::post(executor, [weak] {
      if (const auto self = weak.lock()) self->on_revoked();
    });
  });
  asio::co_spawn(
      executor(), [self = shared_from_this()] { return self->run(); },
      [self = shared_from_this()](const std::exception_ptr& escaped) {
        try {
          if (escaped) std::rethrow_exception(escaped);
        } catch (const std::exception& bug) {
          spdlog::critical("a session ended with an exception: {}", bug.what());
        }
        self->end_conversation();
        self->clear_deadline();
        error_code error;
        self->socket_.shutdown(tcp::socket::shutdown_both, error);
        self->socket_.close(error);
        self->listener_->forget(*self);
      });
}

// The loop is one coroutine on purpose: each nested one would cost a frame and a resumption per request.
asio::awaitable<void> Connection::run() {
  while (!broken_) {
    begin_request();
    if (listener_->is_stopping() && buffer_.size() == 0) co_return;

    for (;;) {
      const Fed fed = feed();
      if (fed == Fed::kComplete) break;
      if (fed == Fed::kFailed) {
        refuse();
        if (!try_write()) co_await write_rest();
        co_await linger();
        co_return;
      }
      if (wants_continue()) co_await send_continue();
      set_read_deadline();
      if (!body_.empty()) share_->hold(body_.size());
      reading_ = true;
      set_idle(is_idle() && !peer_is_busy_);
      error_code error;
      const std::size_t received =
          co_await socket_.async_read_some(read_room(), asio::redirect_error(asio::use_awaitable, error));
      reading_ = false;
      set_idle(false);
      if (parse_error_ == boost::system::errc::not_enough_memory) {
        refuse();
        if (!try_write()) co_await write_rest();
        co_await linger();
        co_return;
      }
      if (error == asio::error::eof && parser_->got_some()) {
        refuse_truncated();
        if (!try_write()) co_await write_rest();
        co_return;
      }
      if (error) co_return;
      buffer_.commit(received);
    }
    clear_deadline();
    share_->hold(0);
    keep_alive_ = parser_->keep_alive();
    peer_is_busy_ = false;

    bool out_of_memory = false;
    const bool at_dynamo = is_dynamo();
    try {
      if (is_preflight()) {
        answer_preflight();
      } else if (at_dynamo) {
        const auto& [dynamo, engine] = *listener_->parts().dynamo;
        DynamoAnswer answer = dynamo.answer(head_, body_, out_, known_caller_, api::Lane::kIo);
        while (answer.waits_for_checkpoint) {
          co_await engine.checkpointed();
          answer = dynamo.answer(head_, body_, out_, known_caller_, api::Lane::kIo);
        }
        if (answer.wants_aside) co_await answer_dynamo_aside(answer);
        if (answer.ticket != 0) {
          const auto outcome = co_await engine.committed(answer.ticket);
          if (outcome.has_error()) answer = dynamo.answer_lost(answer, outcome.error(), out_);
        }
        const Coding coding = answer_coding();
        if (coding != Coding::kIdentity && out_.size() > kLongAnswer) {
          co_await engine.aside([&] { encode_body(coding, out_); });
        } else if (coding != Coding::kIdentity) {
          encode_body(coding, out_);
        }
        if (aside_ == Aside::kGivenUp) {
          refuse_for_room();
        } else {
          finish_dynamo(answer, coding);
        }
      } else if (!co_await converse()) {
        co_return;
      }
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    }
    if (out_of_memory) answer_out_of_memory();
    if (loses_answer()) {
      broken_ = true;
    } else if (!try_write()) {
      co_await write_rest();
    }
    if (stream_ && !broken_) co_await write_stream();
    if (broken_ && !at_dynamo) conversation().answer_lost();
    if (!keep_alive_) co_return;
    if (peer_is_busy_) {
      clear_deadline();
    } else {
      set_deadline(answered_at_ + listener_->options().idle_timeout);
    }
  }
}

asio::awaitable<void> Connection::answer_dynamo_aside(DynamoAnswer& answer) {
  aside_ = Aside::kWaiting;
  share_->hold(body_.size());  // many may wait for their turn
  co_await listener_->parts().dynamo->engine.aside([&] {
    auto waiting = Aside::kWaiting;
    if (!aside_.compare_exchange_strong(waiting, Aside::kRunning)) return;
    answer = listener_->parts().dynamo->dispatcher.answer(head_, body_, out_, known_caller_, api::Lane::kAside);
  });
  share_->hold(0);
}

// --- Reading ---------------------------------------------------------------------------------------------------------

void Connection::begin_request() {
  give_back(body_);
  give_back(out_);
  if (buffer_.size() == 0 && buffer_.capacity() > kLargeReadSize) buffer_.shrink_to_fit();
  parse_error_ = {};
  aside_ = Aside::kNone;
  parser_.emplace(head_, body_, listener_->options().header_limit, static_cast<HeadJudge&>(*this));
  verdict_ = Verdict::kAllowed;
  empty_lines_ = 0;
  head_text_.clear();
  out_.clear();
  shared_out_.reset();
  written_ = 0;
  send_body_ = true;
  continue_sent_ = false;
  header_timed_ = false;
}

std::size_t Connection::judge(const RequestHead& head, error_code& error) {
  const bool at_dynamo = is_dynamo();
  const RequestSource from = source();
  if (!from.says_only_host() || from.host != admitted_host_) {
    verdict_ = listener_->options().guard.verdict(from, at_dynamo ? Surface::kDynamo : Surface::kControl);
    if (verdict_ != Verdict::kAllowed) {
      error = make_error_code(boost::system::errc::permission_denied);
      return 0;
    }
    if (from.says_only_host() && from.host.size() <= kLongestKeptHost) admitted_host_ = from.host;
  }
  if (at_dynamo) return listener_->options().body_limit;
  return conversation().begin(head.method(), head.path());
}

RequestSource Connection::source() const {
  return {.host = head_.known(KnownField::kHost),
          .origin = head_.known(KnownField::kOrigin),
          .fetch_site = head_.known(KnownField::kFetchSite)};
}

bool Connection::loses_answer() const {
  const Faults& faults = listener_->parts().faults;
  if (!faults.planned()) return false;
  // What looks after the server has to get through, also to end this.
  constexpr std::array<std::string_view, 3> kSpared{"/_millrace", "/health", "/ready"};
  const std::string_view path = head_.path();
  const bool is_spared =
      std::any_of(kSpared.begin(), kSpared.end(), [&](auto spared) { return path.starts_with(spared); });
  return !is_spared && faults.fires(FaultPoint::kHttpAnswerLost);
}

bool Connection::is_dynamo() const { return listener_->parts().dynamo.has_value() && head_.path() == "/"; }

void Connection::skip_empty_lines() {
  while (buffer_.size() > 0 && empty_lines_ < kMostEmptyLines) {
    const auto* const text = static_cast<const char*>(buffer_.data().data());
    const std::size_t line_end = text[0] == '\r' ? 1 : 0;
    if (buffer_.size() == line_end || text[line_end] != '\n') return;
    buffer_.consume(line_end + 1);
    ++empty_lines_;
  }
}

Connection::Fed Connection::feed() {
  try {
    return feed_buffer();
  } catch (const std::bad_alloc&) {
    out_of_memory_ = true;
    return Fed::kFailed;
  }
}

Connection::Fed Connection::feed_buffer() {
  if (!parser_->got_some()) skip_empty_lines();
  while (buffer_.size() > 0) {
    const std::size_t used = parser_->put(buffer_.data(), parse_error_);
    buffer_.consume(used);
    // The error first: a request without a body counts as done also when the judge refused it.
    if (!parse_error_ && parser_->is_done()) return Fed::kComplete;
    if (parse_error_ == beast_http::error::need_more) {
      // What the parser leaves lying is an unfinished header, chunk header or trailer: all bounded alike.
      if (buffer_.size() < listener_->options().header_limit) return Fed::kNeedsMore;
      parse_error_ = beast_http::error::header_limit;
    }
    if (parse_error_) return Fed::kFailed;
  }
  return Fed::kNeedsMore;
}

asio::mutable_buffer Connection::read_room() {
  const bool is_large = parser_->is_header_done() && parser_->content_length_remaining().value_or(0) > kReadSize;
  return buffer_.prepare(is_large ? kLargeReadSize : kReadSize);
}

bool Connection::wants_continue() const {
  return parser_->is_header_done() && !continue_sent_ && body_.empty() &&
         equal_ignoring_case(head_.known(KnownField::kExpect), "100-continue");
}

asio::awaitable<void> Connection::send_continue() {
  continue_sent_ = true;
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  set_deadline(listener_->parts().time.now() + listener_->options().write_timeout);
  error_code error;
  co_await asio::async_write(socket_, asio::buffer(kContinue), asio::redirect_error(asio::use_awaitable, error));
  // A peer that is gone shows at the next read.
}

// --- Writing ---------------------------------------------------------------------------------------------------------

bool Connection::try_write() {
  // The socket is non-blocking and nearly always takes an answer whole; waiting for that to be reported by the
  // scheduler would cost more than the call.
  const std::string_view body = answer_body();
  const std::size_t total = head_text_.size() + (send_body_ ? body.size() : 0);
  error_code error;
  if (send_body_) {
    const std::array<asio::const_buffer, 2> parts{asio::buffer(head_text_), asio::buffer(body)};
    written_ = socket_.write_some(parts, error);
  } else {
    written_ = socket_.write_some(asio::buffer(head_text_), error);
  }
  if (error && error != asio::error::would_block) {
    broken_ = true;
    return true;
  }
  return written_ == total;
}

asio::awaitable<void> Connection::write_rest() {
  const std::size_t total = head_text_.size() + (send_body_ ? answer_body().size() : 0);
  writing_ = true;
  while (written_ < total) {
    share_->hold(total);
    set_deadline(listener_->parts().time.now() + listener_->options().write_timeout);
    const bool in_head = written_ < head_text_.size();
    const std::string_view part = in_head ? std::string_view{head_text_} : answer_body();
    const asio::const_buffer rest = asio::buffer(part) + (in_head ? written_ : written_ - head_text_.size());
    error_code error;
    written_ += co_await socket_.async_write_some(rest, asio::redirect_error(asio::use_awaitable, error));
    if (error) broken_ = true;
    if (broken_) break;
  }
  writing_ = false;
  share_->hold(0);
}

asio::awaitable<void> Connection::write_stream() {
  const bool is_chunked = !parser_->is_http_1_0();
  watch_peer([stream = stream_] { stream->give_up(); });
  send_body_ = true;
  head_text_.clear();
  shared_out_.reset();
  for (bool more = true; more && !broken_;) {
    clear_deadline();  // the next piece may take any time, the peer's taking it may not
    auto piece = co_await stream_->next();
    more = piece.has_value();
    out_.clear();
    if (is_chunked) append_chunk(out_, piece.value_or(""));
    if (!is_chunked && more) out_ = *std::move(piece);
    written_ = 0;
    if (!broken_ && !try_write()) co_await write_rest();
  }
  stream_.reset();
  unwatch_peer();
}

asio::awaitable<void> Connection::linger() {
  end_conversation();
  lingering_ = true;
  set_idle(true);
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  set_deadline(listener_->parts().time.now() + kLingerTimeout);
  while (!error) {
    buffer_.clear();
    co_await socket_.async_read_some(buffer_.prepare(kLargeReadSize), asio::redirect_error(asio::use_awaitable, error));
  }
}

void Connection::set_read_deadline() {
  // The idle deadline holds until the first byte. A header has one deadline as a whole, or a peer could send it byte by
  // byte for ever; a body may take its time as long as it moves.
  if (!parser_->got_some() || (header_timed_ && !parser_->is_header_done())) return;
  header_timed_ = true;
  set_deadline(listener_->parts().time.now() + listener_->options().read_timeout);
}

}  // namespace millrace::http
