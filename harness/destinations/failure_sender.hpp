// The seam between records that are given up and the services that are to hear of them: who keeps letters
// (harness/esm) knows this interface, failure_destinations.hpp is behind it.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <string_view>

namespace millrace::destinations {

/// One batch that was given up, as it is handed to a destination.
struct FailureMessage {
  std::string destination_arn;
  std::string document;     ///< of a queue or topic
  std::string object_key;   ///< of a bucket
  std::string object_body;  ///< likewise
};

struct SendOutcome {
  std::string problem{};         ///< a clause; empty: it has arrived
  bool worth_another_try{true};  ///< of one that has not
};

class FailureSender {
 public:
  FailureSender() = default;
  FailureSender(const FailureSender&) = delete;
  FailureSender& operator=(const FailureSender&) = delete;
  virtual ~FailureSender() = default;

  /// Why nothing can be sent to such a destination, with the cure, a clause; empty: it can.
  [[nodiscard]] virtual std::string why_unreachable(std::string_view destination_arn) const = 0;
  /// Sends once, and waits for a bounded time. Of the I/O thread.
  virtual boost::asio::awaitable<SendOutcome> send(FailureMessage message) = 0;
};

}  // namespace millrace::destinations
