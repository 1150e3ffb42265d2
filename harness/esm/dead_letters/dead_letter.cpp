#include "harness/esm/dead_letters/dead_letter.hpp"

#include <algorithm>
#include <array>

#include "harness/esm/source/timestamp.hpp"
#include "server/base/api_error.hpp"
#include "server/json/object_writer.hpp"
#include "server/json/tree.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;

constexpr std::array<std::string_view, 4> kHandovers{"none", "pending", "delivered", "failed"};

std::string_view to_text(Handover handover) { return kHandovers[static_cast<std::size_t>(handover)]; }

std::string reason_of(const FailureRecord& record) {
  if (record.unreadable) return "Unreadable";
  switch (record.condition) {
    case DiscardReason::kRetryAttemptsExhausted: return "RetryAttemptsExhausted";
    case DiscardReason::kRecordAgeExceeded: return "RecordAgeExceeded";
    case DiscardReason::kRetentionExceeded: break;
  }
  return "RetentionExceeded";
}

}  // namespace

DeadLetter make_dead_letter(const FailureRecord& record, std::string_view mapping, std::string_view destination) {
  DeadLetter letter;
  letter.mapping = mapping;
  letter.function_arn = record.function_arn;
  letter.stream_arn = record.stream_arn;
  letter.shard_id = record.shard_id;
  letter.reason = reason_of(record);
  letter.given_up_at = record.timestamp;
  letter.first = record.first;
  letter.last = record.last;
  letter.records = record.batch_size;
  letter.has_event = record.event != nullptr;
  if (!is_told(record)) return letter;
  letter.document = to_json(record);
  letter.destination = destination;
  if (!destination.empty()) letter.handover = Handover::kPending;
  return letter;
}

std::string to_row(const DeadLetter& letter) {
  return json::print_tree(Json{
      {"mapping", letter.mapping},
      {"functionArn", letter.function_arn},
      {"streamArn", letter.stream_arn},
      {"shardId", letter.shard_id},
      {"reason", letter.reason},
      {"givenUpAt", letter.given_up_at.time_since_epoch().count()},
      {"first", letter.first},
      {"last", letter.last},
      {"records", letter.records},
      {"document", letter.document},
      {"destination", letter.destination},
      {"handover", to_text(letter.handover)},
      {"problem", letter.problem},
      {"redrives", letter.redrives},
      {"redriveProblem", letter.redrive_problem},
      {"hasEvent", letter.has_event},
  });
}

StorageResult<DeadLetter> letter_from_row(LetterId id, std::string_view text) {
  const StorageError corrupt{StorageErrorKind::kCorrupt, "a dead letter cannot be read"};
  const auto tree = json::parse_tree(text, json::kStoredDocument);
  if (tree.has_error()) return corrupt;
  try {
    DeadLetter letter;
    letter.id = id;
    tree->at("mapping").get_to(letter.mapping);
    tree->at("functionArn").get_to(letter.function_arn);
    tree->at("streamArn").get_to(letter.stream_arn);
    tree->at("shardId").get_to(letter.shard_id);
    tree->at("reason").get_to(letter.reason);
    letter.given_up_at = TimePoint{Duration{tree->at("givenUpAt").get<std::int64_t>()}};
    tree->at("first").get_to(letter.first);
    tree->at("last").get_to(letter.last);
    tree->at("records").get_to(letter.records);
    tree->at("document").get_to(letter.document);
    tree->at("destination").get_to(letter.destination);
    const auto* const handover = std::ranges::find(kHandovers, tree->at("handover").get<std::string>());
    if (handover == kHandovers.end()) return corrupt;
    letter.handover = static_cast<Handover>(handover - kHandovers.begin());
    tree->at("problem").get_to(letter.problem);
    tree->at("redrives").get_to(letter.redrives);
    tree->at("redriveProblem").get_to(letter.redrive_problem);
    tree->at("hasEvent").get_to(letter.has_event);
    return letter;
  } catch (const Json::exception&) {
    return corrupt;
  }
}

void append_json(std::string& out, const DeadLetter& letter, std::string_view event) {
  json::ObjectWriter object{out};
  object.string("id", std::to_string(letter.id));
  object.string("mapping", letter.mapping);
  object.string("functionArn", letter.function_arn);
  object.string("streamArn", letter.stream_arn);
  object.string("shardId", letter.shard_id);
  object.string("reason", letter.reason);
  object.string("givenUpAt", to_iso_text(letter.given_up_at));
  object.integer("records", static_cast<std::int64_t>(letter.records));
  if (letter.records > 0) {
    object.string("startSequenceNumber", streams::to_sequence_number(letter.first));
    object.string("endSequenceNumber", streams::to_sequence_number(letter.last));
  }
  if (!letter.destination.empty()) {
    json::ObjectWriter destination{object.key("destination")};
    destination.string("arn", letter.destination);
    destination.string("state", to_text(letter.handover));
    destination.boolean("delivered", letter.handover == Handover::kDelivered);
    if (!letter.problem.empty()) destination.string("problem", letter.problem);
    destination.finish();
  }
  object.integer("redrives", static_cast<std::int64_t>(letter.redrives));
  if (!letter.redrive_problem.empty()) object.string("redriveProblem", letter.redrive_problem);
  object.raw("document", letter.document.empty() ? std::string_view{"null"} : std::string_view{letter.document});
  object.raw("event", event.empty() ? std::string_view{"null"} : event);
  object.finish();
}

std::string object_body(const DeadLetter& letter, std::string_view event) {
  std::string body = letter.document;
  if (event.empty() || body.empty()) return body;
  body.pop_back();  // the brace that closes it
  body.append(R"(,"payload":)");
  base::append_json_string(body, event);
  body.push_back('}');
  return body;
}

std::string object_key(const DeadLetter& letter, std::string_view uuid) {
  const std::string time = to_iso_text(letter.given_up_at);  // 2025-11-25T15:53:08.123Z
  std::string day = time.substr(0, 10);
  std::ranges::replace(day, '-', '/');
  std::string second = time.substr(0, 19);
  std::ranges::replace(second, ':', '.');
  return "aws/lambda/" + letter.mapping + "/" + letter.shard_id + "/" + day + "/" + second + "-" + std::string{uuid};
}

}  // namespace millrace::esm
