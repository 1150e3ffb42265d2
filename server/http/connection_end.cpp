// How a connection ends before its peer wants it to, and how it finds that the peer has gone.
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/system/errc.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "server/http/connection.hpp"

namespace millrace::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

}  // namespace

// --- The peer goes away while a handler runs -------------------------------------------------------------------------

void Connection::watch_peer(std::function<void()> callback) {
  if (broken_) {  // cut off before the handler asked
    asio::post(executor(), std::move(callback));
    return;
  }
  peer_closed_ = std::move(callback);
  ++watch_;
  await_peer();
}

void Connection::await_peer() {
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this(), watch = watch_](error_code error) {
    if (watch != self->watch_) return;
    const Peer peer = error ? Peer::kGone : self->look_at_peer();
    if (peer == Peer::kQuiet) self->await_peer();
    if (peer == Peer::kGone) self->cut_off();
  });
}

Connection::Peer Connection::look_at_peer() {
  char next = 0;
  error_code error;
  socket_.receive(asio::buffer(&next, 1), tcp::socket::message_peek, error);
  if (error == asio::error::would_block) return Peer::kQuiet;
  return error ? Peer::kGone : Peer::kHasSentMore;
}

void Connection::unwatch_peer() {
  if (!peer_closed_) return;
  peer_closed_ = nullptr;
  ++watch_;
  error_code ignored;
  socket_.cancel(ignored);
  if (look_at_peer() == Peer::kGone) cut_off();
}

// --- Ending ----------------------------------------------------------------------------------------------------------

void Connection::end_idle() {
  asio::post(executor(), [self = shared_from_this()] {
    error_code ignored;
    if (self->lingering_) self->socket_.cancel(ignored);
    self->close_if_idle();
  });
}

void Connection::end_overdue() {
  asio::post(executor(), [self = shared_from_this()] {
    if (self->is_overdue(self->listener_->parts().time.now())) self->cut_off();
  });
}

void Connection::on_revoked() {
  constexpr std::string_view kWhy = "bodies and answers on their way take more than";
  const std::size_t most = listener_->options().budget->most_bytes();
  if (reading_ && !body_.empty()) {
    spdlog::warn("refused {} {} after {} bytes of its body: {} {} bytes", head_.method(), head_.path(), body_.size(),
                 kWhy, most);
    parse_error_ = make_error_code(boost::system::errc::not_enough_memory);
    std::string{}.swap(body_);
    error_code ignored;
    socket_.cancel(ignored);
  } else if (auto waiting = Aside::kWaiting; aside_.compare_exchange_strong(waiting, Aside::kGivenUp)) {
    spdlog::warn("refused {} {} while it waited for its turn: {} {} bytes", head_.method(), head_.path(), kWhy, most);
    std::string{}.swap(body_);
  } else if (const auto give_up = std::exchange(give_up_, nullptr)) {
    spdlog::warn("gives up {} {} if it still waits for its turn: {} {} bytes", head_.method(), head_.path(), kWhy,
                 most);
    give_up();
  } else if (writing_) {
    spdlog::warn("cut off a peer that reads the answer to {} {} too slowly: {} {} bytes", head_.method(), head_.path(),
                 kWhy, most);
    cut_off();
  }
}

void Connection::close_if_idle() {
  // Cancelled, not closed: if a request has just arrived, the read completes and the request is still answered.
  error_code ignored;
  if (is_idle()) socket_.cancel(ignored);
  if (stream_) stream_->give_up();  // it would go on for ever
}

void Connection::cut_off() {
  broken_ = true;
  clear_deadline();
  error_code ignored;
  socket_.close(ignored);
  if (const auto callback = std::exchange(peer_closed_, nullptr)) callback();
}

}  // namespace millrace::http
