#include "harness/destinations/kinesis_delivery.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <nlohmann/json.hpp>
#include <utility>

#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"
#include "server/model/base64.hpp"

namespace millrace::destinations {
namespace {

namespace asio = boost::asio;

constexpr std::size_t kMostRecords = 500;  // of a PutRecords
constexpr std::uint64_t kMostAnswerBytes = std::uint64_t{1} << 20U;
constexpr std::chrono::seconds kPatience{30};
constexpr std::chrono::seconds kPause{1};  // before what failed is tried again

http_client::ConnectionOptions options_of(const signing::ServiceEndpoint& endpoint) {
  return {.host = endpoint.host, .port = endpoint.port, .most_bytes = kMostAnswerBytes, .patience = kPatience};
}

streams::DeliveryQuery query_of(const std::string& stream_arn, streams::Sequence after) {
  return {.destination = stream_arn, .after = after, .limit = kMostRecords};
}

/// `ProvisionedThroughputExceededException: text`, of an error's body or of an entry for a record.
std::string problem_in(const nlohmann::json& tree, const char* code, const char* message) {
  const auto text_of = [&tree](const char* name) {
    const auto member = tree.find(name);
    return member != tree.end() && member->is_string() ? member->get<std::string>() : std::string{};
  };
  std::string text = text_of(code);
  const std::string why = text_of(message);
  if (!why.empty()) text.append(text.empty() ? "" : ": ").append(why);
  return text;
}

}  // namespace

signing::RequestToSign put_records(std::string_view stream_arn, const streams::DeliveryPage& page) {
  signing::RequestToSign request;
  request.fields = {{"content-type", "application/x-amz-json-1.1"}, {"x-amz-target", "Kinesis_20131202.PutRecords"}};
  json::ObjectWriter writer{request.body};
  writer.string("StreamName", stream_arn.substr(stream_arn.rfind('/') + 1));
  std::string& list = writer.key("Records");
  json::append_list(list, page.records, [&list](const streams::Delivery& delivery) {
    json::ObjectWriter record{list};
    record.string("Data", model::encode_base64(delivery.data_json));
    // Changes of one item go to one shard, so that they stay in their order.
    constexpr std::size_t kEnough = 32;
    record.string("PartitionKey", signing::payload_hash(delivery.keys_json).substr(0, kEnough));
    record.finish();
  });
  writer.finish();
  return request;
}

PutOutcome read_outcome(const http_client::Answer& answer, std::size_t sent) {
  const auto tree = json::parse_tree(answer.body, {});
  const bool is_object = tree.has_value() && tree->is_object();
  if (answer.status != 200) {
    std::string why = is_object ? problem_in(*tree, "__type", "message") : std::string{};
    return {0, fmt::format("{}{}{}", answer.status, why.empty() ? "" : " ", why)};
  }
  if (!is_object || !tree->contains("Records") || !tree->at("Records").is_array() ||
      tree->at("Records").size() != sent) {
    return {0, "200, but no answer of PutRecords"};
  }
  PutOutcome outcome;
  for (const auto& record : tree->at("Records")) {
    if (!record.is_object()) return {outcome.delivered, "200, but no answer of PutRecords"};
    auto problem = problem_in(record, "ErrorCode", "ErrorMessage");
    if (!problem.empty()) return {outcome.delivered, std::move(problem)};
    ++outcome.delivered;
  }
  return outcome;
}

KinesisDelivery::KinesisDelivery(engine::Engine& engine, const streams::StreamCatalog& streams,
                                 signing::ServiceEndpoint endpoint)
    : engine_{engine}, streams_{streams}, endpoint_{std::move(endpoint)} {
  engine.on_commit([this](const std::vector<storage::LogId>& logs) {
    if (!logs.empty()) wake();
  });
}

void KinesisDelivery::wake() {
  again_ = true;
  if (running_ || waiting_ || stopped_) return;
  running_ = true;
  asio::co_spawn(engine_.io(), run(), asio::detached);
}

asio::awaitable<void> KinesisDelivery::run() {
  bool taken = true;
  while (std::exchange(again_, false) && taken && !stopped_) {
    std::vector<std::string> destinations;
    {
      const auto entry = engine_.gate().enter(storage::Access::kRead);
      destinations = streams::delivery_destinations(streams_);
    }
    for (auto& stream_arn : destinations) {
      if (stopped_) break;
      const bool delivered = co_await deliver(std::move(stream_arn));
      taken = delivered && taken;
    }
  }
  running_ = false;
  if (!taken && !stopped_) come_again();
}

void KinesisDelivery::come_again() {
  waiting_ = true;
  auto& time = engine_.real_time();  // another server does not get well because the emulated clock moves
  time.schedule(time.now() + kPause, [this] {
    waiting_ = false;
    wake();
  });
}

asio::awaitable<bool> KinesisDelivery::deliver(std::string stream_arn) {
  for (bool more = true; more && !stopped_;) {
    StorageResult<streams::DeliveryPage> page{streams::DeliveryPage{}};
    storage::Ticket ticket = 0;
    {
      const auto entry = engine_.gate().enter(storage::Access::kRead);
      ticket = entry.ticket();
      auto& storage = engine_.gate().storage();
      const auto after = streams::delivered_up_to(storage, stream_arn);
      page = after.has_error() ? StorageResult<streams::DeliveryPage>{after.error()}
                               : streams::read_deliveries(storage, streams_, query_of(stream_arn, *after));
    }
    if (page.has_error()) {
      if (told_.add(page.error().detail))
        spdlog::error("cannot read what {} is to get: {}", stream_arn, page.error().detail);
      co_return false;
    }
    if (page->records.empty()) co_return true;
    const auto committed = co_await engine_.committed(ticket);  // what may yet be lost is not sent
    if (committed.has_error()) continue;
    const PutOutcome outcome = co_await send(stream_arn, *page);
    if (outcome.delivered > 0) {
      const bool kept = co_await keep_position(stream_arn, page->records[outcome.delivered - 1].sequence);
      if (!kept) co_return false;
    }
    if (!outcome.problem.empty()) {
      if (told_.add(outcome.problem)) {
        spdlog::warn("{} does not take the records of {}, which will be sent again: {}", endpoint_.to_string(),
                     stream_arn, outcome.problem);
      }
      co_return false;
    }
    more = page->more;
  }
  co_return true;
}

asio::awaitable<PutOutcome> KinesisDelivery::send(const std::string& stream_arn, const streams::DeliveryPage& page) {
  const auto request = signing::sign(put_records(stream_arn, page), endpoint_, engine_.real_time().now());
  if (!connection_) connection_.emplace(engine_.io(), options_of(endpoint_));
  // A kept connection may have been closed by the peer meanwhile: then it is sent once more.
  const bool was_open = connection_->is_open();
  if (!was_open) {
    const auto opened = co_await connection_->open();
    if (opened.has_error()) co_return PutOutcome{0, "not reached: " + opened.error().message()};
  }
  auto answer = co_await connection_->exchange(request);
  if (answer.has_error() && was_open) {
    const auto opened = co_await connection_->open();
    if (opened.has_error()) co_return PutOutcome{0, "not reached: " + opened.error().message()};
    answer = co_await connection_->exchange(request);
  }
  if (answer.has_error()) co_return PutOutcome{0, "no answer: " + answer.error().message()};
  co_return read_outcome(*answer, page.records.size());
}

asio::awaitable<bool> KinesisDelivery::keep_position(const std::string& stream_arn, streams::Sequence last) {
  storage::Ticket ticket = 0;
  {
    const auto entry = engine_.gate().enter(storage::Access::kWrite);
    if (entry.status().has_error()) co_return false;
    ticket = entry.ticket();
    if (streams::set_delivered_up_to(engine_.gate().storage(), stream_arn, last).has_error()) co_return false;
  }
  const auto committed = co_await engine_.committed(ticket);
  co_return committed.has_value();
}

}  // namespace millrace::destinations
