// The form of a stream record: written once, when the change is made, so that reading it is concatenation.
//
// A payload is one mark ('r' for a change by request, 't' for one by time to live) followed by the record's wire JSON
// up to, but without, the members in which the two readers differ and the closing brace. GetRecords and the event sent
// to a function differ only in `userIdentity` and `eventSourceARN` (reference, 1.8 and 2).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/model/table_definition.hpp"
#include "server/streams/sequence_number.hpp"

namespace millrace::streams {

enum class EventName : std::uint8_t { kInsert, kModify, kRemove };

/// Who made the change. Only a deletion by time to live carries a `userIdentity`.
enum class ChangeCause : std::uint8_t { kRequest, kTimeToLive };

/// Everything a record tells. The JSON texts are canonical attribute maps; an empty one is left out.
struct RecordContent {
  std::uint64_t event_id_high{0};  ///< the two halves of eventID
  std::uint64_t event_id_low{0};
  EventName event{EventName::kInsert};
  ChangeCause cause{ChangeCause::kRequest};
  std::string_view region;
  TimePoint created;
  std::string_view keys_json;
  std::string_view new_image_json;
  std::string_view old_image_json;
  Sequence sequence{0};
  std::size_t size_bytes{0};
  model::StreamViewType view{model::StreamViewType::kKeysOnly};
};

/// Appends the payload to store.
void append_payload(std::string& out, const RecordContent& content);

/// Appends the record as an element of GetRecords' `Records`. `payload` is what append_payload() wrote.
void append_get_records_json(std::string& out, std::string_view payload);

/// Appends the record as an element of `Records` of the event sent to a function: with `eventSourceARN`.
void append_lambda_event_json(std::string& out, std::string_view payload, std::string_view stream_arn);

}  // namespace millrace::streams
