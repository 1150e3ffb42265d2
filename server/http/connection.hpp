// The session of one connection: read a request, have it answered, write the answer, again. Internal to this folder.
//
// One coroutine per connection, on an executor that runs nothing else of the connection at the same time. A request to
// DynamoDB is answered without leaving the coroutine: parsing, operation and writing are plain calls, and only waiting
// for bytes, for a commit or for a peer that reads slowly suspends it. A request that is long is the exception: it is
// answered on a thread beside the I/O thread (Engine::aside), and the connection does nothing else meanwhile.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/http/byte_budget.hpp"
#include "server/http/connection_pool.hpp"
#include "server/http/listener.hpp"
#include "server/http/message/content_coding.hpp"
#include "server/http/message/request_parser.hpp"
#include "server/http/message/response_head.hpp"

namespace millrace::http {

class Connection final : public std::enable_shared_from_this<Connection>, public PooledConnection, private HeadJudge {
 public:
  Connection(std::shared_ptr<Listener> listener, boost::asio::ip::tcp::socket socket, RequestIds request_ids);

  /// Starts the session; it keeps the connection alive until it ends.
  void start();

  [[nodiscard]] boost::asio::any_io_executor executor() { return socket_.get_executor(); }

  void end_idle() override;
  void end_overdue() override;

  // --- On executor() only ---

  /// Ends the session if it waits for the first byte of a request.
  void close_if_idle();
  /// Ends the session whatever it does.
  void cut_off();

 private:
  enum class Fed : std::uint8_t { kNeedsMore, kComplete, kFailed };
  /// Of a request that is answered beside the I/O thread.
  enum class Aside : std::uint8_t { kNone, kWaiting, kRunning, kGivenUp };

  boost::asio::awaitable<void> run();

  /// Whether the request may be read on, and how far.
  std::size_t judge(const RequestHead& head, boost::beast::error_code& error) override;
  [[nodiscard]] RequestSource source() const;
  /// DynamoDB and Streams live at `/`.
  [[nodiscard]] bool is_dynamo() const;

  /// Makes the connection ready for the next request.
  void begin_request();
  /// Drops empty lines before a request, as some clients send after a body.
  void skip_empty_lines();
  /// Gives the parser what is in the buffer.
  Fed feed();
  Fed feed_buffer();
  /// Room for the next read: what is left of a large body, else a page or two.
  boost::asio::mutable_buffer read_room();
  [[nodiscard]] bool is_idle() const { return reading_ && !parser_->got_some() && buffer_.size() == 0; }
  [[nodiscard]] bool wants_continue() const;

  boost::asio::awaitable<void> answer_dynamo_aside(DynamoAnswer& answer);
  /// What a DynamoDB answer, in out_, is to be compressed to.
  [[nodiscard]] Coding answer_coding() const;
  /// The header of a DynamoDB answer; its body is in out_, in this coding.
  void finish_dynamo(const DynamoAnswer& answer, Coding coding = Coding::kIdentity);
  /// Whether a fault keeps the answer, which is complete, from its peer.
  [[nodiscard]] bool loses_answer() const;
  /// Whether a browser asks if a page that is let in may send a request.
  [[nodiscard]] bool is_preflight() const;
  void answer_preflight();
  Conversation& conversation();
  void end_conversation();
  /// Has the conversation answer; false when the connection is to end without an answer.
  boost::asio::awaitable<bool> converse();
  void finish(Response response);
  void finish(Refusal refusal, std::string_view reason);
  /// The answer to a request that could not or must not be read; the connection ends with it.
  void refuse();
  void refuse_page();
  void refuse_for_room();
  /// Takes the memory of the request back first.
  void answer_out_of_memory();
  /// Refuses the request whose body is being read or waits, or gives up the answer that is being written: others need
  /// the room.
  void on_revoked();
  void refuse_truncated();
  /// Starts the header: everything that every answer has.
  void begin_head(unsigned status);
  void append_cors_fields();
  void end_head(bool has_length);

  /// Sends header and body. Returns false when the socket did not take all of it at once.
  bool try_write();
  boost::asio::awaitable<void> write_rest();
  boost::asio::awaitable<void> write_stream();
  boost::asio::awaitable<void> send_continue();
  /// After a refusal: reads what the peer still sends, so that closing does not destroy the answer on its way.
  boost::asio::awaitable<void> linger();
  /// What a conversation answers may be of somebody else.
  [[nodiscard]] std::string_view answer_body() const { return shared_out_ ? std::string_view{*shared_out_} : out_; }

  void watch_peer(std::function<void()> callback);
  void await_peer();
  enum class Peer : std::uint8_t { kQuiet, kGone, kHasSentMore };
  [[nodiscard]] Peer look_at_peer();
  void unwatch_peer();

  void set_read_deadline();

  const std::shared_ptr<Listener> listener_;
  boost::asio::ip::tcp::socket socket_;
  RequestIds request_ids_;
  DateText date_;

  boost::beast::flat_buffer buffer_;
  RequestHead head_;
  std::string body_;
  KnownCaller known_caller_;
  std::optional<RequestParser> parser_;
  boost::beast::error_code parse_error_;
  Verdict verdict_{Verdict::kAllowed};
  std::string admitted_host_;  ///< of an earlier request: the guard need not be asked again
  int empty_lines_{0};
  std::optional<ByteBudget::Share> share_;  ///< of body_ while it is read or waits, of out_ while it is written
  std::atomic<Aside> aside_{Aside::kNone};  ///< kWaiting is left by whoever is first: the side thread or the budget
  bool reading_{false};
  bool writing_{false};
  bool header_timed_{false};  ///< the deadline of this request's header is set
  bool continue_sent_{false};
  bool keep_alive_{true};
  bool out_of_memory_{false};  ///< while the request was read
  bool peer_is_busy_{false};   ///< with what the last answer said
  bool lingering_{false};

  std::string head_text_;                          ///< of the answer
  std::string out_;                                ///< its body
  std::shared_ptr<const std::string> shared_out_;  ///< the body instead, when not null
  std::shared_ptr<BodyStream> stream_;             ///< the same, of a body that comes in pieces
  std::size_t written_{0};
  bool send_body_{true};
  RealTime::TimePoint answered_at_{};
  bool broken_{false};  ///< writing failed, or the connection was cut off

  std::shared_ptr<Conversation> conversation_;  ///< from the first request that is not DynamoDB's
  std::function<void()> give_up_;               ///< of the handler at work that keeps its body
  std::function<void()> peer_closed_;
  std::uint64_t watch_{0};  ///< number of the current watch; an older one that completes is ignored
};

}  // namespace millrace::http
