// What a stream record tells, and the bytes it is kept in. The fixed texts of a record's JSON are not stored, and of an
// old image only what differs from the new one: most writes change a part of an item, so that a record is hardly larger
// than the item. stream_record.hpp makes the JSON again.
//
// The bytes are described in docs/storage-format.md.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/storage.hpp"

namespace millrace::streams {

using storage::Sequence;

enum class EventName : std::uint8_t { kInsert, kModify, kRemove };

/// Who made the change. Only a deletion by time to live carries a `userIdentity`. What comes from another region, or is
/// copied from there, is not sent there again; its record tells nothing of it.
enum class ChangeCause : std::uint8_t { kRequest, kTimeToLive, kReplication };

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

/// A record read back. Views share the bytes it was read from.
struct StoredRecord {
  RecordContent content;                      ///< with an empty old image
  std::array<std::string_view, 3> old_image;  ///< its text, in parts that follow each other; all empty: there is none
};

/// Appends the payload to store. `created` and `sequence` are not part of it: storage keeps them beside it.
void append_payload(std::string& out, const RecordContent& content);

/// Reads what append_payload() wrote. Error kCorrupt: the bytes are something else.
StorageResult<StoredRecord> read_payload(const storage::RecordView& record);

}  // namespace millrace::streams
