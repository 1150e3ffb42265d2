// The event that an event source mapping sends to a function, typed: streams-and-esm reference, 1.8, 2 and 4.9.
//
// Parsing and printing lose nothing: members this version does not know are kept as JSON text, numbers keep their
// spelling (`1.7330064E9` stays that), and attribute values come out in the canonical form that DynamoDB itself sends.
// A member that is null or an empty string reads as absent: AWS sends neither.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::handler {

/// A member this library has no field for: its name and the JSON text of its value.
struct UnknownMember {
  std::string name;
  std::string json;
  friend bool operator==(const UnknownMember&, const UnknownMember&) = default;
};
using UnknownMembers = std::vector<UnknownMember>;

/// Who made the change; present only on deletions by time to live (`dynamodb.amazonaws.com`, `Service`).
struct UserIdentity {
  std::string principal_id;
  std::string type;
  UnknownMembers unknown;
  friend bool operator==(const UserIdentity&, const UserIdentity&) = default;
};

/// The member `dynamodb` of a record.
struct StreamChange {
  std::string approximate_creation_date_time;  ///< epoch seconds as the JSON spelt it; creation_time() reads it
  model::Item keys;
  std::optional<model::Item> new_image;  ///< absent on REMOVE, and when the view type leaves it out
  std::optional<model::Item> old_image;  ///< absent on INSERT, and when the view type leaves it out
  std::string sequence_number;           ///< decimal, 21 to 40 digits: compare as numbers
  std::optional<std::int64_t> size_bytes;
  std::string stream_view_type;
  UnknownMembers unknown;

  /// The time of the change; empty when the member is absent.
  [[nodiscard]] std::optional<TimePoint> creation_time() const;
  friend bool operator==(const StreamChange&, const StreamChange&) = default;
};

struct DynamoDBRecord {
  std::string event_id;
  std::string event_name;  ///< INSERT, MODIFY or REMOVE
  std::string event_version;
  std::string event_source;  ///< aws:dynamodb
  std::string aws_region;
  StreamChange change;
  std::string event_source_arn;
  std::optional<UserIdentity> user_identity;
  UnknownMembers unknown;
  friend bool operator==(const DynamoDBRecord&, const DynamoDBRecord&) = default;
};

/// Bounds of a tumbling window, ISO 8601 in UTC.
struct EventWindow {
  std::string start;
  std::string end;
  UnknownMembers unknown;
  friend bool operator==(const EventWindow&, const EventWindow&) = default;
};

struct DynamoDBEvent {
  std::vector<DynamoDBRecord> records;

  // Only with a tumbling window:
  std::optional<EventWindow> window;
  std::string state;  ///< JSON text of what the previous invocation of this window returned; empty when absent
  std::string shard_id;
  std::string event_source_arn;
  std::optional<bool> is_final_invoke_for_window;
  std::optional<bool> is_window_terminated_early;

  UnknownMembers unknown;
  friend bool operator==(const DynamoDBEvent&, const DynamoDBEvent&) = default;
};

/// Reads an event. Errors: SerializationException saying which member is wrong; a text that is no JSON object or has no
/// list `Records` is no DynamoDB event.
Result<DynamoDBEvent> parse_dynamodb_event(std::string_view json);

/// Appends the event's JSON, members in the order AWS sends them.
void append_json(std::string& out, const DynamoDBEvent& event);
void append_json(std::string& out, const DynamoDBRecord& record);
std::string to_json(const DynamoDBEvent& event);

/// What a function returns when its mapping has `ReportBatchItemFailures`: the sequence numbers of the records to send
/// again. None means that the whole batch succeeded (reference, 4.8).
struct BatchResponse {
  std::vector<std::string> failed_sequence_numbers;
};
std::string to_json(const BatchResponse& response);

}  // namespace millrace::handler
