#include "handler/dynamodb_event.hpp"

#include <charconv>
#include <cmath>

#include "handler/raw_cursor.hpp"
#include "server/json/attribute_value_json.hpp"
#include "server/json/document.hpp"
#include "server/json/object_writer.hpp"

namespace millrace::handler {
namespace {

/// Reads the parsed document and its text side by side; the first problem is kept and ends the walk.
class EventReader {
 public:
  explicit EventReader(std::string_view text) : raw_{text} {}

  void read_event(json::Object object, DynamoDBEvent& into);

  std::optional<ApiError> error;

 private:
  void fail(std::string_view member, std::string_view expected) {
    if (!error) {
      error = base::serialization_error(
          std::string{"Not a DynamoDB event: "}.append(member).append(" must be ").append(expected));
    }
  }
  void keep(std::string_view name, UnknownMembers& into) {
    into.push_back({std::string{name}, std::string{raw_.take_value()}});
  }

  /// Calls `member(name, value)` for each member that is not null. It consumes the value of the raw text as well.
  template <class Member>
  void each_member(json::Object object, Member member) {
    raw_.enter();
    for (const auto& [name, value] : object) {
      raw_.skip_name();
      if (value.is_null()) {
        raw_.take_value();
      } else {
        member(name, value);
      }
      if (error) return;
    }
    raw_.leave();
    raw_.skip_comma();
  }
  template <class Member>
  void object(std::string_view name, json::Element value, Member member) {
    json::Object found;
    if (value.get(found) != simdjson::SUCCESS) return fail(name, "an object");
    each_member(found, member);
  }

  void string(std::string_view name, json::Element value, std::string& into) {
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return fail(name, "a string");
    into = text;
    raw_.take_value();
  }
  void boolean(std::string_view name, json::Element value, std::optional<bool>& into) {
    bool truth = false;
    if (value.get(truth) != simdjson::SUCCESS) return fail(name, "true or false");
    into = truth;
    raw_.take_value();
  }
  void item(std::string_view name, json::Element value, model::Item& into) {
    auto input = json::read_item(value);
    if (input.has_error()) return fail(name, "a map of attribute values: " + input.error().message);
    if (input->value_error) return fail(name, "a map of attribute values: " + input->value_error->bare);
    into = std::move(input->item);
    raw_.take_value();
  }

  void read_record(json::Object object, DynamoDBRecord& into);
  void read_change(json::Element value, StreamChange& into);
  void read_identity(json::Element value, UserIdentity& into);
  void read_window(json::Element value, EventWindow& into);

  RawCursor raw_;
};

void EventReader::read_identity(json::Element value, UserIdentity& into) {
  object("userIdentity", value, [&](std::string_view name, json::Element member) {
    if (name == "principalId") return string(name, member, into.principal_id);
    if (name == "type") return string(name, member, into.type);
    keep(name, into.unknown);
  });
}

void EventReader::read_window(json::Element value, EventWindow& into) {
  object("window", value, [&](std::string_view name, json::Element member) {
    if (name == "start") return string(name, member, into.start);
    if (name == "end") return string(name, member, into.end);
    keep(name, into.unknown);
  });
}

void EventReader::read_change(json::Element value, StreamChange& into) {
  object("dynamodb", value, [&](std::string_view name, json::Element member) {
    if (name == "ApproximateCreationDateTime") {
      if (!member.is_number()) return fail(name, "a number");
      into.approximate_creation_date_time = raw_.take_value();
      return;
    }
    if (name == "Keys") return item(name, member, into.keys);
    if (name == "NewImage") return item(name, member, into.new_image.emplace());
    if (name == "OldImage") return item(name, member, into.old_image.emplace());
    if (name == "SequenceNumber") return string(name, member, into.sequence_number);
    if (name == "SizeBytes") {
      std::int64_t size = 0;
      if (member.get(size) != simdjson::SUCCESS) return fail(name, "an integer");
      into.size_bytes = size;
      raw_.take_value();
      return;
    }
    if (name == "StreamViewType") return string(name, member, into.stream_view_type);
    keep(name, into.unknown);
  });
}

void EventReader::read_record(json::Object object, DynamoDBRecord& into) {
  each_member(object, [&](std::string_view name, json::Element value) {
    if (name == "eventID") return string(name, value, into.event_id);
    if (name == "eventName") return string(name, value, into.event_name);
    if (name == "eventVersion") return string(name, value, into.event_version);
    if (name == "eventSource") return string(name, value, into.event_source);
    if (name == "awsRegion") return string(name, value, into.aws_region);
    if (name == "dynamodb") return read_change(value, into.change);
    if (name == "eventSourceARN") return string(name, value, into.event_source_arn);
    if (name == "userIdentity") return read_identity(value, into.user_identity.emplace());
    keep(name, into.unknown);
  });
}

void EventReader::read_event(json::Object object, DynamoDBEvent& into) {
  bool has_records = false;
  each_member(object, [&](std::string_view name, json::Element value) {
    if (name == "Records") {
      json::Array records;
      if (value.get(records) != simdjson::SUCCESS) return fail(name, "a list");
      has_records = true;
      into.records.reserve(records.size());
      raw_.enter();
      for (const json::Element record : records) {
        json::Object found;
        if (record.get(found) != simdjson::SUCCESS) return fail("a record", "an object");
        read_record(found, into.records.emplace_back());
        if (error) return;
      }
      raw_.leave();
      raw_.skip_comma();
      return;
    }
    if (name == "window") return read_window(value, into.window.emplace());
    if (name == "state") {
      into.state = raw_.take_value();
      return;
    }
    if (name == "shardId") return string(name, value, into.shard_id);
    if (name == "eventSourceARN") return string(name, value, into.event_source_arn);
    if (name == "isFinalInvokeForWindow") return boolean(name, value, into.is_final_invoke_for_window);
    if (name == "isWindowTerminatedEarly") return boolean(name, value, into.is_window_terminated_early);
    keep(name, into.unknown);
  });
  if (!has_records) fail("Records", "a list");
}

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

}  // namespace

std::optional<TimePoint> StreamChange::creation_time() const {
  const std::string& text = approximate_creation_date_time;
  double seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr double kFarthest = 1e12;  // keeps the microseconds inside 64 bits
  if (problem != std::errc{} || end != text.data() + text.size() || std::abs(seconds) > kFarthest) return std::nullopt;
  return TimePoint{Duration{std::llround(seconds * 1e6)}};
}

Result<DynamoDBEvent> parse_dynamodb_event(std::string_view json) {
  json::Parser parser;
  const auto document = parser.parse_copy(json);
  if (!document) return base::serialization_error("Not a DynamoDB event: the payload must be a JSON object");
  EventReader reader{json};
  DynamoDBEvent event;
  reader.read_event(*document, event);
  if (reader.error) return *std::move(reader.error);
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
