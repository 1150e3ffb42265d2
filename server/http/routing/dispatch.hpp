// From a request to `/` to an answer: steps 2 to 8 of AWS's order (API reference, 1.2), the operation, the envelope.
//
// Synchronous: it runs on the connection's thread, or beside it when it is long, and does not wait. What has to be
// waited for, the commit of the group that the operation wrote to or saw, is the ticket in its answer. It never sees a
// socket; who sends is the session.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/api/operation.hpp"
#include "server/base/first_sightings.hpp"
#include "server/http/message/request_parser.hpp"
#include "server/http/routing/authentication.hpp"

namespace millrace::http {

/// What becomes of requests without credentials.
enum class Authorization : std::uint8_t {
  kRequired,  ///< as AWS: MissingAuthenticationTokenException
  kOptional,  ///< for plain curl
};

struct DispatchOptions {
  Authorization authorization{Authorization::kRequired};
  /// Who verifies signatures; null: any is accepted. Outlives the dispatcher.
  const SignatureVerifier* verifier{nullptr};
  /// Bound of a request body when it is decoded.
  std::size_t body_limit{std::size_t{16} << 20U};
};

/// Everything about an answer but its body.
struct DynamoAnswer {
  /// There is no answer: the request is not one for the I/O thread. It has done nothing yet.
  bool wants_aside{false};
  /// There is no answer: it would write, and writes are held. It has done nothing; ask again after the checkpoint.
  bool waits_for_checkpoint{false};
  std::uint16_t status{200};
  std::string_view content_type{};  ///< a literal; empty for none
  /// The group to wait for before this answer may leave; 0 for none.
  storage::Ticket ticket{0};
};

class DynamoDispatcher {
 public:
  using FindOperation = const api::Operation* (*)(std::string_view target);

  /// `services` outlives the dispatcher. `find` is the registry; a test may serve its own operations.
  explicit DynamoDispatcher(api::Services& services, DispatchOptions options = {},
                            FindOperation find = &api::find_operation)
      : services_{services}, options_{options}, find_{find} {}

  /// Answers a request to `/`, any method. `body` may be changed (it is decoded in place); the answer's body is
  /// appended to `out`. Any thread; never throws: what escapes an operation is logged and becomes InternalServerError.
  /// On api::Lane::kIo a request that is long, by the size of its body, its coding, or what it turns out to ask for, is
  /// not answered: ask again on a thread beside the I/O thread, with api::Lane::kAside. Nor is one that would write
  /// while writes are held: ask again after Engine::checkpointed().
  /// `known` is the connection's own.
  DynamoAnswer answer(const RequestHead& head, std::string& body, std::string& out, KnownCaller& known,
                      api::Lane lane = api::Lane::kAside) const;

  /// The answer after all when the group of `lost` could not be committed. Replaces `out`.
  DynamoAnswer answer_lost(const DynamoAnswer& lost, const StorageError& error, std::string& out) const;

 private:
  /// Steps 3 to 8 and the operation.
  Result<void> process(const RequestHead& head, std::string& body, std::string& out, KnownCaller& known, api::Lane lane,
                       DynamoAnswer& answer) const;
  Result<void> decode(const RequestHead& head, std::string& body) const;
  [[nodiscard]] Result<model::Caller> find_caller(const RequestHead& head, std::string_view payload,
                                                  KnownCaller& known) const;

  api::Services& services_;
  DispatchOptions options_;
  FindOperation find_;
  mutable base::FirstSightings unserved_;
  mutable base::FirstSightings worlds_met_;
};

}  // namespace millrace::http
