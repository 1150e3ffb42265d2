// Sends the changes of tables with a Kinesis destination on to a server that stands for Kinesis (--kinesis-endpoint).
//
// Records go in the order of the changes, each at least once: how far a stream has got them is stored after it has said
// so. Without such a server they stay in their log (server/streams/delivery_log.hpp), from which they are read here.
// https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecords.html
//
// Of the I/O thread. One stream after the other, one request at a time.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/first_sightings.hpp"
#include "server/engine/engine.hpp"
#include "server/http_client/connection.hpp"
#include "server/signing/signed_request.hpp"
#include "server/streams/delivery_log.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::destinations {

/// The PutRecords of a page to one stream.
signing::RequestToSign put_records(std::string_view stream_arn, const streams::DeliveryPage& page);

/// How many records of the page have arrived, from its beginning on, and what became of the first that has not.
struct PutOutcome {
  std::size_t delivered{0};
  std::string problem{};  ///< empty: all have arrived
};
PutOutcome read_outcome(const http_client::Answer& answer, std::size_t sent);

class KinesisDelivery {
 public:
  /// All outlive it. Tells `engine` to wake it: before run().
  KinesisDelivery(engine::Engine& engine, const streams::StreamCatalog& streams, signing::ServiceEndpoint endpoint);

  /// Begins with what is left of earlier. On the I/O thread.
  void wake();
  /// Nothing is sent any more once it returns, but for the request that is under way.
  void stop() { stopped_ = true; }

 private:
  boost::asio::awaitable<void> run();
  /// Everything there is for one stream. False: it does not take it now.
  boost::asio::awaitable<bool> deliver(std::string stream_arn);
  boost::asio::awaitable<PutOutcome> send(const std::string& stream_arn, const streams::DeliveryPage& page);
  boost::asio::awaitable<bool> keep_position(const std::string& stream_arn, streams::Sequence last);
  void come_again();

  engine::Engine& engine_;
  const streams::StreamCatalog& streams_;
  const signing::ServiceEndpoint endpoint_;
  std::optional<http_client::Connection> connection_;
  base::FirstSightings told_;  ///< of problems: each is told once
  bool running_{false};
  bool again_{false};  ///< there may be more than the run has seen
  bool waiting_{false};
  bool stopped_{false};
};

}  // namespace millrace::destinations
