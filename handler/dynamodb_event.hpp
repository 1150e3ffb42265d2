// The event that an event source mapping sends to a function, typed: streams-and-esm reference, 1.8, 2 and 4.9.
//
// Reading is tolerant and loses nothing. Whatever JSON object with a list `Records` comes is an event, also one that
// DynamoDB itself would never send: sample events of the documentation, of tests, of other tools. What is odd about a
// value is said in `problems`; the text of the whole event is kept, and an event that nobody changed is printed as it
// came, to the byte. An event that was changed, or made by hand, is printed from its members: those this version does
// not know as they came, attribute values in the canonical form of DynamoDB. A member that is null or an empty string
// reads as absent: AWS sends neither.
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

/// Something in an event that the members below cannot hold, or that DynamoDB would not have sent.
struct EventProblem {
  std::string path;  ///< `Records[0].dynamodb.NewImage.tags`
  std::string text;  ///< `a set holds a member twice; it reads as if it were there once`
  friend bool operator==(const EventProblem&, const EventProblem&) = default;
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

  /// What is odd, in the order of the text. An attribute value that cannot be read at all is left out of its image;
  /// inside a list it reads as NULL, so that the others keep their places.
  std::vector<EventProblem> problems;
  /// The text that was read, without a byte order mark; empty for an event made by hand.
  std::string received_json;

  friend bool operator==(const DynamoDBEvent&, const DynamoDBEvent&) = default;
};

/// Reads an event. Errors: SerializationException for a text that is no JSON object, nests more than 512 levels or has
/// no list `Records`: that is no DynamoDB event.
Result<DynamoDBEvent> parse_dynamodb_event(std::string_view json);

/// Says what parse_dynamodb_event() would say, and reads nothing of the records: for a handler that passes the event
/// on.
Result<void> check_dynamodb_event(std::string_view json);

/// Appends the event's JSON: the text that was read if the event still says the same, or else its members in the order
/// AWS sends them.
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
