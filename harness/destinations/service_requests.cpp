#include "harness/destinations/service_requests.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"

namespace millrace::destinations {
namespace {

constexpr std::size_t kMostWords = 300;

/// application/x-www-form-urlencoded, in the order given.
std::string form(const signing::NamesAndValues& members) {
  std::string body;
  for (const auto& [name, value] : members) {
    if (!body.empty()) body.push_back('&');
    body.append(name).append("=").append(signing::percent_encode(value));
  }
  return body;
}

signing::RequestToSign form_request(const signing::NamesAndValues& members) {
  signing::RequestToSign request;
  request.fields = {{"content-type", "application/x-www-form-urlencoded"}};
  request.body = form(members);
  return request;
}

signing::RequestToSign json_request(std::string_view operation) {
  signing::RequestToSign request;
  request.fields = {{"content-type", "application/x-amz-json-1.0"},
                    {"x-amz-target", fmt::format("AmazonSQS.{}", operation)}};
  return request;
}

/// The text of the first element of that name. Answers have no more structure than this asks for.
std::string element(std::string_view xml, std::string_view name) {
  const std::string open = fmt::format("<{}>", name);
  const std::size_t begin = xml.find(open);
  if (begin == std::string_view::npos) return {};
  const std::string_view rest = xml.substr(begin + open.size());
  return std::string{rest.substr(0, rest.find('<'))};
}

nlohmann::json json_of(const http_client::Answer& answer) {
  auto tree = json::parse_tree(answer.body);
  return tree.has_value() && tree->is_object() ? *std::move(tree) : nlohmann::json::object();
}

std::string text_of(const nlohmann::json& tree, const char* name) {
  const auto member = tree.find(name);
  return member != tree.end() && member->is_string() ? member->get<std::string>() : std::string{};
}

/// `NonExistentQueue: The specified queue does not exist.`, of JSON or XML.
std::string words_of(const http_client::Answer& answer) {
  const nlohmann::json tree = json_of(answer);
  std::string code = text_of(tree, "__type");
  std::string message = text_of(tree, "message");
  if (message.empty()) message = text_of(tree, "Message");
  if (code.empty() && message.empty()) {
    code = element(answer.body, "Code");
    message = element(answer.body, "Message");
  }
  if (const std::size_t shape = code.rfind('#'); shape != std::string::npos) code.erase(0, shape + 1);
  std::string words = std::move(code);
  if (!message.empty()) words.append(words.empty() ? "" : ": ").append(message);
  return words.substr(0, kMostWords);
}

}  // namespace

DestinationArn parse_destination(std::string_view arn) {
  const auto next = [&arn] {
    const std::size_t colon = arn.find(':');
    const std::string_view field = arn.substr(0, colon);
    arn = colon == std::string_view::npos ? std::string_view{} : arn.substr(colon + 1);
    return field;
  };
  next();  // arn
  next();  // the partition
  DestinationArn parsed;
  parsed.service = next();
  parsed.region = next();
  parsed.account_id = next();
  parsed.name = arn;
  return parsed;
}

signing::RequestToSign get_queue_url(const DestinationArn& queue, QueueProtocol protocol) {
  if (protocol == QueueProtocol::kForms) {
    return form_request({{"Action", "GetQueueUrl"},
                         {"QueueName", std::string{queue.name}},
                         {"QueueOwnerAWSAccountId", std::string{queue.account_id}},
                         {"Version", "2012-11-05"}});
  }
  auto request = json_request("GetQueueUrl");
  json::ObjectWriter body{request.body};
  body.string("QueueName", queue.name);
  body.string("QueueOwnerAWSAccountId", queue.account_id);
  body.finish();
  return request;
}

signing::RequestToSign send_message(std::string_view queue_url, std::string_view document, QueueProtocol protocol) {
  if (protocol == QueueProtocol::kForms) {
    return form_request({{"Action", "SendMessage"},
                         {"MessageBody", std::string{document}},
                         {"QueueUrl", std::string{queue_url}},
                         {"Version", "2012-11-05"}});
  }
  auto request = json_request("SendMessage");
  json::ObjectWriter body{request.body};
  body.string("QueueUrl", queue_url);
  body.string("MessageBody", document);
  body.finish();
  return request;
}

signing::RequestToSign publish(std::string_view topic_arn, std::string_view document) {
  return form_request({{"Action", "Publish"},
                       {"Message", std::string{document}},
                       {"TopicArn", std::string{topic_arn}},
                       {"Version", "2010-03-31"}});
}

bool is_deaf_to_json(const http_client::Answer& answer) {
  if (answer.status < 400 || answer.status >= 500) return false;
  const bool is_of_sqs = !text_of(json_of(answer), "__type").empty();
  return !is_of_sqs;
}

std::string read_queue_url(const http_client::Answer& answer, QueueProtocol protocol) {
  if (answer.status != 200) return {};
  return protocol == QueueProtocol::kJson ? text_of(json_of(answer), "QueueUrl") : element(answer.body, "QueueUrl");
}

SendOutcome read_outcome_of(const http_client::Answer& answer) {
  if (answer.status >= 200 && answer.status < 300) return {};
  const std::string words = words_of(answer);
  const bool is_throttled = answer.status == 429 || words.find("Throttl") != std::string::npos;
  return {.problem = fmt::format("{}{}{}", answer.status, words.empty() ? "" : " ", words),
          .worth_another_try = answer.status >= 500 || is_throttled};
}

}  // namespace millrace::destinations
