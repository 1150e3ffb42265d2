// What answers the requests of one connection: all but those that are DynamoDB's. Requests in, answers out, no Beast
// type in sight.
//
// A Conversation is made when its connection has the first such request, and may remember who it talks to. Where there
// is nothing to remember a Router answers (routed_conversation.hpp).
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::http {

/// A request; the views are valid until its answer is returned.
struct Request {
  std::string_view method;  ///< upper case
  std::string_view path;    ///< without the query, still percent-encoded
  std::string_view query;   ///< without the question mark
  std::string& body;        ///< may be taken or changed by the handler; decompressed, for a handler of a Router
  /// The value of a header (name in any case), or empty.
  std::function<std::string_view(std::string_view name)> header;
  /// The same of the fields behind a chunked body.
  std::function<std::string_view(std::string_view name)> trailer{};
  /// Whether the peer means to send its next request over this connection.
  bool keep_alive{true};
  /// For handlers that wait without limit: `callback` is called once, when the peer goes away, or when the server ends
  /// the connection, while the handler still runs. The handler then has to return soon; its answer is dropped. At most
  /// one callback; it is forgotten when the handler returns, with a last look: to a peer that has left by then nothing
  /// is sent. A peer that sends further bytes (pipelining) is not watched any more. Costs nothing when not called.
  std::function<void(std::function<void()> callback)> on_peer_closed{};
  /// For handlers that keep a large body while it waits for its turn: its bytes count as on their way until the handler
  /// returns (ByteBudget). `give_up` is called, at most once, when others need the room: a body that is not at work yet
  /// has to go then, and the request to be refused.
  std::function<void(std::size_t bytes, std::function<void()> give_up)> hold{};
};

/// A body that comes in pieces as they arise: of an answer that goes on for as long as its peer listens.
class BodyStream {
 public:
  BodyStream() = default;
  BodyStream(const BodyStream&) = delete;
  BodyStream& operator=(const BodyStream&) = delete;
  virtual ~BodyStream() = default;

  /// The next piece, not empty; nothing when the body is at its end. Asked for when the piece before has been sent: who
  /// reads slowly is asked for less.
  virtual boost::asio::awaitable<std::optional<std::string>> next() = 0;
  /// The peer is gone, or the server is about to end: next() has to return soon, and says from now on that this is the
  /// end. Not from within next(); once or more.
  virtual void give_up() = 0;
};

struct Response {
  std::uint16_t status{200};
  std::string_view content_type{"application/json"};
  std::string body{};
  /// Sent in place of `body`, from where it lies, unless it is null.
  std::shared_ptr<const std::string> shared_body{};
  /// Sent in place of `body`, in chunks, unless it is null. The connection ends with it.
  std::shared_ptr<BodyStream> stream{};
  /// Further headers. Content-Length, Date, Connection are added by the session; so is x-amzn-RequestId where the
  /// server gives ids, unless it is among these.
  std::vector<std::pair<std::string, std::string>> headers{};
  /// Tells the peer, and the session, that this connection ends with this answer.
  bool close{false};
  /// The peer is at work for us and may take any time until its next request: the connection does not count as idle
  /// until then.
  bool peer_is_busy{false};
};

/// Why a request gets an answer that nobody was asked for. The connection ends after it, but for the last.
enum class Refusal : std::uint8_t {
  kForeignPage,        ///< 403: see WebGuard
  kMalformed,          ///< 400
  kUnsupportedCoding,  ///< 501: a transfer coding other than chunked
  kTooLarge,           ///< 413: the body is larger than begin() said it may be
  kNoRoom,             ///< 503: others need the memory that its body takes (ByteBudget)
  kFailed,             ///< 500: there is no memory, or answer() threw
};

class Conversation {
 public:
  Conversation() = default;
  Conversation(const Conversation&) = delete;
  Conversation& operator=(const Conversation&) = delete;
  virtual ~Conversation() = default;

  /// The head of a request has come. Returns the most bytes that its body may have, as sent; what is larger is refused
  /// before the rest of it is read. The views are valid during the call.
  virtual std::size_t begin(std::string_view method, std::string_view path) = 0;
  /// The request is there, and the one before it is answered. Nothing: the connection is to end without an answer.
  virtual boost::asio::awaitable<std::optional<Response>> answer(Request& request) = 0;
  /// Words an answer that the connection gives by itself; `reason` is a sentence for people.
  virtual Response refuse(Refusal refusal, std::string_view reason) = 0;
  /// The peer has not got the last answer, at least not all of it. ended() follows.
  virtual void answer_lost() {}
  /// There will be no more requests. Not called when the io_context ends first.
  virtual void ended() {}
};

/// Called for each connection, at its first request.
using ConversationMaker = std::function<std::shared_ptr<Conversation>()>;

}  // namespace millrace::http
