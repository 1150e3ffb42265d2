// What is sent to queues and topics, to the letter, and what their answers are taken for.
#include "harness/destinations/service_requests.hpp"

#include <gtest/gtest.h>

namespace millrace::destinations {
namespace {

constexpr std::string_view kQueue = "arn:aws:sqs:eu-west-1:123456789012:failures";

http_client::Answer answer_of(unsigned status, std::string body) {
  return {.status = status, .fields = {}, .body = std::move(body)};
}

TEST(ServiceRequestsTest, ArnsAreTakenApart) {
  const DestinationArn queue = parse_destination(kQueue);
  EXPECT_EQ(queue.service, "sqs");
  EXPECT_EQ(queue.region, "eu-west-1");
  EXPECT_EQ(queue.account_id, "123456789012");
  EXPECT_EQ(queue.name, "failures");
  const DestinationArn bucket = parse_destination("arn:aws:s3:::failures.of.mine");
  EXPECT_EQ(bucket.service, "s3");
  EXPECT_EQ(bucket.region, "");
  EXPECT_EQ(bucket.name, "failures.of.mine");
  EXPECT_EQ(parse_destination("nonsense").service, "");
}

TEST(ServiceRequestsTest, AQueueIsAskedInJson) {
  const auto url = get_queue_url(parse_destination(kQueue), QueueProtocol::kJson);
  EXPECT_EQ(url.fields, (signing::NamesAndValues{{"content-type", "application/x-amz-json-1.0"},
                                                 {"x-amz-target", "AmazonSQS.GetQueueUrl"}}));
  EXPECT_EQ(url.body, R"({"QueueName":"failures","QueueOwnerAWSAccountId":"123456789012"})");
  const auto message = send_message("http://localhost/q", R"({"a":1})", QueueProtocol::kJson);
  EXPECT_EQ(message.body, R"({"QueueUrl":"http://localhost/q","MessageBody":"{\"a\":1}"})");
}

TEST(ServiceRequestsTest, AnOldQueueAndATopicAreAskedWithForms) {
  EXPECT_EQ(get_queue_url(parse_destination(kQueue), QueueProtocol::kForms).body,
            "Action=GetQueueUrl&QueueName=failures&QueueOwnerAWSAccountId=123456789012&Version=2012-11-05");
  EXPECT_EQ(send_message("http://localhost/q", "{ }", QueueProtocol::kForms).body,
            "Action=SendMessage&MessageBody=%7B%20%7D&QueueUrl=http%3A%2F%2Flocalhost%2Fq&Version=2012-11-05");
  EXPECT_EQ(publish("arn:aws:sns:us-east-1:000000000000:t", "{}").body,
            "Action=Publish&Message=%7B%7D&TopicArn=arn%3Aaws%3Asns%3Aus-east-1%3A000000000000%3At&Version=2010-03-31");
}

TEST(ServiceRequestsTest, ItIsFoundOutWhetherAServerKnowsJson) {
  EXPECT_TRUE(is_deaf_to_json(answer_of(415, R"({"statusCode":415,"error":"Unsupported Media Type"})")));
  EXPECT_TRUE(is_deaf_to_json(answer_of(404, "Not Found")));
  EXPECT_FALSE(is_deaf_to_json(
      answer_of(400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The queue does not exist."})")));
  EXPECT_FALSE(is_deaf_to_json(answer_of(200, R"({"QueueUrl":"http://localhost/q"})")));
  EXPECT_FALSE(is_deaf_to_json(answer_of(503, "busy")));
}

TEST(ServiceRequestsTest, TheQueueUrlIsFoundInBothKindsOfAnswers) {
  EXPECT_EQ(read_queue_url(answer_of(200, R"({"QueueUrl":"http://h/q"})"), QueueProtocol::kJson), "http://h/q");
  EXPECT_EQ(read_queue_url(answer_of(200, "<GetQueueUrlResponse><GetQueueUrlResult><QueueUrl>http://h/q</QueueUrl>"),
                           QueueProtocol::kForms),
            "http://h/q");
  EXPECT_EQ(read_queue_url(answer_of(200, "[]"), QueueProtocol::kJson), "");
  EXPECT_EQ(read_queue_url(answer_of(400, R"({"QueueUrl":"http://h/q"})"), QueueProtocol::kJson), "");
}

TEST(ServiceRequestsTest, RefusalsAreToldInTheirOwnWords) {
  EXPECT_EQ(read_outcome_of(answer_of(200, "{}")).problem, "");
  const SendOutcome unknown = read_outcome_of(answer_of(
      400, R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."})"));
  EXPECT_EQ(unknown.problem, "400 QueueDoesNotExist: The specified queue does not exist.");
  EXPECT_FALSE(unknown.worth_another_try);
  const SendOutcome topic = read_outcome_of(
      answer_of(404, "<ErrorResponse><Error><Code>NotFound</Code><Message>Topic does not exist</Message></Error>"));
  EXPECT_EQ(topic.problem, "404 NotFound: Topic does not exist");
  const SendOutcome busy = read_outcome_of(answer_of(503, ""));
  EXPECT_EQ(busy.problem, "503");
  EXPECT_TRUE(busy.worth_another_try);
  EXPECT_TRUE(read_outcome_of(answer_of(400, "<Code>Throttling</Code>")).worth_another_try);
}

}  // namespace
}  // namespace millrace::destinations
