// What queues and topics are asked, and what their answers mean: bytes only, no connections.
//
// SQS is spoken to in JSON, as AWS's SDKs do; servers that stand for it and are older than that protocol (2023) answer
// what is no error of SQS's, and are asked with forms, as SNS is.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
#pragma once

#include <string>
#include <string_view>

#include "harness/destinations/failure_sender.hpp"
#include "server/http_client/connection.hpp"
#include "server/signing/signed_request.hpp"

namespace millrace::destinations {

/// `arn:aws:sqs:us-east-1:000000000000:queue`, taken apart; views into the text. What is not there is empty.
struct DestinationArn {
  std::string_view service;
  std::string_view region;
  std::string_view account_id;
  std::string_view name;  ///< of the queue, the topic or the bucket
};
DestinationArn parse_destination(std::string_view arn);

enum class QueueProtocol : std::uint8_t { kJson, kForms };

signing::RequestToSign get_queue_url(const DestinationArn& queue, QueueProtocol protocol);
signing::RequestToSign send_message(std::string_view queue_url, std::string_view document, QueueProtocol protocol);
signing::RequestToSign publish(std::string_view topic_arn, std::string_view document);

/// Whether this is the answer of a server that knows no JSON protocol: an error, and none of SQS's.
bool is_deaf_to_json(const http_client::Answer& answer);
/// QueueUrl of an answer to get_queue_url(); empty: it has none.
std::string read_queue_url(const http_client::Answer& answer, QueueProtocol protocol);
/// What an answer of any of the services means for a message.
SendOutcome read_outcome_of(const http_client::Answer& answer);

}  // namespace millrace::destinations
