#include "harness/destinations/failure_destinations.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace millrace::destinations {

namespace asio = boost::asio;
using http_client::Answer;

namespace {

constexpr std::uint64_t kMostBytesOfAnAnswer = std::uint64_t{1} << 20U;
constexpr std::chrono::seconds kPatienceWithServices{5};

SendOutcome not_answered(const boost::system::error_code& error) {
  return {.problem = "no answer: " + error.message(), .worth_another_try = true};
}

/// The same server, for a destination of that region.
signing::ServiceEndpoint in_region(signing::ServiceEndpoint endpoint, std::string_view region) {
  if (!region.empty()) endpoint.region = region;
  return endpoint;
}

}  // namespace

std::string FailureDestinations::why_unreachable(std::string_view destination_arn) const {
  const DestinationArn destination = parse_destination(destination_arn);
  if (destination.service == "s3") return {};
  if (destination.service == "sqs") {
    return services_.queues ? "" : "no server stands for SQS (start Millrace with --sqs-endpoint URL)";
  }
  if (destination.service == "sns") {
    return services_.topics ? "" : "no server stands for SNS (start Millrace with --sns-endpoint URL)";
  }
  return fmt::format("Millrace does not know the service '{}' as a destination", destination.service);
}

asio::awaitable<SendOutcome> FailureDestinations::send(FailureMessage message) {
  const std::string service{parse_destination(message.destination_arn).service};
  if (service == "s3") {
    auto sending = to_bucket(std::move(message));
    co_return co_await std::move(sending);
  }
  if (service == "sqs" && services_.queues) {
    auto sending = to_queue(std::move(message));
    co_return co_await std::move(sending);
  }
  if (service == "sns" && services_.topics) {
    auto sending = to_topic(std::move(message));
    co_return co_await std::move(sending);
  }
  co_return SendOutcome{.problem = why_unreachable(message.destination_arn), .worth_another_try = false};
}

asio::awaitable<boost::system::result<Answer>> FailureDestinations::exchange(signing::RequestToSign request,
                                                                             signing::ServiceEndpoint endpoint) {
  http_client::Connection connection{engine_.io(),
                                     {.host = endpoint.host,
                                      .port = endpoint.port,
                                      .most_bytes = kMostBytesOfAnAnswer,
                                      .patience = kPatienceWithServices}};
  const auto opened = co_await connection.open();
  if (opened.has_error()) co_return opened.error();
  const auto signed_request = signing::sign(std::move(request), endpoint, engine_.real_time().now());
  co_return co_await connection.exchange(signed_request);
}

asio::awaitable<SendOutcome> FailureDestinations::to_queue(FailureMessage message) {
  const DestinationArn queue = parse_destination(message.destination_arn);
  const signing::ServiceEndpoint endpoint = in_region(*services_.queues, queue.region);
  auto asking = exchange(get_queue_url(queue, protocol_), endpoint);
  auto asked = co_await std::move(asking);
  if (asked.has_value() && protocol_ == QueueProtocol::kJson && is_deaf_to_json(*asked)) {
    protocol_ = QueueProtocol::kForms;
    auto asking_again = exchange(get_queue_url(queue, protocol_), endpoint);
    asked = co_await std::move(asking_again);
  }
  if (asked.has_error()) co_return not_answered(asked.error());
  const std::string url = read_queue_url(*asked, protocol_);
  if (url.empty()) {
    SendOutcome refused = read_outcome_of(*asked);
    if (refused.problem.empty()) refused = {"the answer of GetQueueUrl has no QueueUrl", false};
    co_return refused;
  }
  auto sending = exchange(send_message(url, message.document, protocol_), endpoint);
  const auto sent = co_await std::move(sending);
  if (sent.has_error()) co_return not_answered(sent.error());
  co_return read_outcome_of(*sent);
}

asio::awaitable<SendOutcome> FailureDestinations::to_topic(FailureMessage message) {
  const signing::ServiceEndpoint endpoint =
      in_region(*services_.topics, parse_destination(message.destination_arn).region);
  auto sending = exchange(publish(message.destination_arn, message.document), endpoint);
  const auto sent = co_await std::move(sending);
  if (sent.has_error()) co_return not_answered(sent.error());
  co_return read_outcome_of(*sent);
}

asio::awaitable<SendOutcome> FailureDestinations::to_bucket(FailureMessage message) {
  std::string bucket{parse_destination(message.destination_arn).name};
  auto putting =
      services_.buckets.put(std::move(bucket), std::move(message.object_key), std::move(message.object_body));
  const auto put = co_await std::move(putting);
  if (put.has_value()) co_return SendOutcome{};
  co_return SendOutcome{.problem = put.error().detail,
                        .worth_another_try = put.error().kind == objects::ObjectErrorKind::kUnavailable};
}

}  // namespace millrace::destinations
