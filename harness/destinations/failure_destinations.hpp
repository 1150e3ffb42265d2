// Tells destinations of records that mappings have given up: queues, topics and buckets, of servers that stand for SQS,
// SNS and S3 (--sqs-endpoint, --sns-endpoint; buckets are those of exports).
#pragma once

#include <optional>
#include <string>

#include "harness/destinations/failure_sender.hpp"
#include "harness/destinations/service_requests.hpp"
#include "server/engine/engine.hpp"
#include "server/objects/object_store.hpp"
#include "server/signing/signed_request.hpp"

namespace millrace::destinations {

class FailureDestinations final : public FailureSender {
 public:
  struct Services {
    std::optional<signing::ServiceEndpoint> queues{};
    std::optional<signing::ServiceEndpoint> topics{};
    objects::ObjectStore& buckets;
  };
  /// `engine` and the buckets outlive it.
  FailureDestinations(engine::Engine& engine, Services services) : engine_{engine}, services_{std::move(services)} {}

  [[nodiscard]] std::string why_unreachable(std::string_view destination_arn) const override;
  /// Waits a few seconds for each answer, with S3 as long as the store does. Requests are signed for the region of the
  /// destination.
  boost::asio::awaitable<SendOutcome> send(FailureMessage message) override;

 private:
  boost::asio::awaitable<SendOutcome> to_queue(FailureMessage message);
  boost::asio::awaitable<SendOutcome> to_topic(FailureMessage message);
  boost::asio::awaitable<SendOutcome> to_bucket(FailureMessage message);
  boost::asio::awaitable<boost::system::result<http_client::Answer>> exchange(signing::RequestToSign request,
                                                                              signing::ServiceEndpoint endpoint);

  engine::Engine& engine_;
  const Services services_;
  QueueProtocol protocol_{QueueProtocol::kJson};
};

}  // namespace millrace::destinations
