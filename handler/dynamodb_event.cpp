#include "handler/dynamodb_event.hpp"

#include <charconv>
#include <cmath>

#include "handler/event_reader.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/object_writer.hpp"
#include "server/json/raw_document.hpp"

namespace millrace::handler {
namespace {

void write_string(json::ObjectWriter& out, std::string_view name, std::string_view value) {
  if (!value.empty()) out.string(name, value);
}

void write_unknown(json::ObjectWriter& out, const UnknownMembers& members) {
  for (const auto& member : members) out.raw(member.name, member.json);
}

void append_change(std::string& out, const StreamChange& change) {
  json::ObjectWriter writer{out};
  if (!change.approximate_creation_date_time.empty()) {
    writer.raw("ApproximateCreationDateTime", change.approximate_creation_date_time);
  }
  json::append_item(writer.key("Keys"), change.keys);
  if (change.new_image) json::append_item(writer.key("NewImage"), *change.new_image);
  if (change.old_image) json::append_item(writer.key("OldImage"), *change.old_image);
  write_string(writer, "SequenceNumber", change.sequence_number);
  if (change.size_bytes) writer.integer("SizeBytes", *change.size_bytes);
  write_string(writer, "StreamViewType", change.stream_view_type);
  write_unknown(writer, change.unknown);
  writer.finish();
}

void append_identity(std::string& out, const UserIdentity& identity) {
  json::ObjectWriter writer{out};
  write_string(writer, "principalId", identity.principal_id);
  write_string(writer, "type", identity.type);
  write_unknown(writer, identity.unknown);
  writer.finish();
}

void append_window(std::string& out, const EventWindow& window) {
  json::ObjectWriter writer{out};
  write_string(writer, "start", window.start);
  write_string(writer, "end", window.end);
  write_unknown(writer, window.unknown);
  writer.finish();
}

/// Whether the event still says what its text says.
bool is_as_received(const DynamoDBEvent& event) {
  if (event.received_json.empty()) return false;
  const auto again = parse_dynamodb_event(event.received_json);
  return again.has_value() && *again == event;
}

}  // namespace

std::optional<TimePoint> StreamChange::creation_time() const {
  const std::string& text = approximate_creation_date_time;
  double seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr double kFarthest = 1e12;  // keeps the microseconds inside 64 bits
  if (problem != std::errc{} || end != text.data() + text.size() || std::abs(seconds) > kFarthest) return std::nullopt;
  return TimePoint{Duration{std::llround(seconds * 1e6)}};
}

Result<void> check_dynamodb_event(std::string_view json) {
  const auto document = json::RawDocument::parse(json);
  if (!document) return not_an_object();
  TRY(find_records(document->root()));
  return {};
}

Result<DynamoDBEvent> parse_dynamodb_event(std::string_view json) {
  const auto document = json::RawDocument::parse(json);
  if (!document) return not_an_object();
  TRY_ASSIGN(auto event, read_event(document->root()));
  event.received_json = json::without_byte_order_mark(json);
  return event;
}

void append_json(std::string& out, const DynamoDBRecord& record) {
  json::ObjectWriter writer{out};
  write_string(writer, "eventID", record.event_id);
  write_string(writer, "eventName", record.event_name);
  write_string(writer, "eventVersion", record.event_version);
  write_string(writer, "eventSource", record.event_source);
  write_string(writer, "awsRegion", record.aws_region);
  append_change(writer.key("dynamodb"), record.change);
  if (record.user_identity) append_identity(writer.key("userIdentity"), *record.user_identity);
  write_string(writer, "eventSourceARN", record.event_source_arn);
  write_unknown(writer, record.unknown);
  writer.finish();
}

void append_json(std::string& out, const DynamoDBEvent& event) {
  if (is_as_received(event)) {
    out.append(event.received_json);
    return;
  }
  json::ObjectWriter writer{out};
  json::append_list(writer.key("Records"), event.records,
                    [&](const DynamoDBRecord& record) { append_json(out, record); });
  if (event.window) append_window(writer.key("window"), *event.window);
  if (!event.state.empty()) writer.raw("state", event.state);
  write_string(writer, "shardId", event.shard_id);
  write_string(writer, "eventSourceARN", event.event_source_arn);
  if (event.is_final_invoke_for_window) writer.boolean("isFinalInvokeForWindow", *event.is_final_invoke_for_window);
  if (event.is_window_terminated_early) writer.boolean("isWindowTerminatedEarly", *event.is_window_terminated_early);
  write_unknown(writer, event.unknown);
  writer.finish();
}

std::string to_json(const DynamoDBEvent& event) {
  std::string text;
  append_json(text, event);
  return text;
}

std::string to_json(const BatchResponse& response) {
  std::string text;
  json::ObjectWriter writer{text};
  json::append_list(writer.key("batchItemFailures"), response.failed_sequence_numbers, [&](const std::string& number) {
    json::ObjectWriter failure{text};
    failure.string("itemIdentifier", number);
    failure.finish();
  });
  writer.finish();
  return text;
}

}  // namespace millrace::handler
