// Records that a mapping has given up, as they are kept: everything a tester asks about them, and everything that is
// needed to tell a destination or to deliver them again. A plain value; DeadLetterBox keeps them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "harness/esm/delivery/failure_record.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/storage/storage.hpp"

namespace millrace::esm {

/// Grows with time: the letter with the greater one was given up later.
using LetterId = storage::Sequence;

/// What has become of a letter on its way to the mapping's destination.
enum class Handover : std::uint8_t {
  kNone,       ///< the mapping had no destination, or AWS tells none of such records
  kPending,    ///< not yet answered
  kDelivered,  ///< the destination has taken it
  kFailed,     ///< it has not, or nobody stands for it: DeadLetter::problem says why
};

struct DeadLetter {
  LetterId id{0};       ///< given by the box
  std::string mapping;  ///< UUID
  std::string function_arn;
  std::string stream_arn;
  std::string shard_id;
  std::string reason;  ///< AWS's condition, or `RetentionExceeded`, or `Unreadable`
  TimePoint given_up_at{};
  Sequence first{0};
  Sequence last{0};
  std::uint64_t records{0};   ///< 0: the end of a tumbling window, with what that has kept
  std::string document{};     ///< what AWS sends to a queue or topic; empty where it tells nobody
  std::string destination{};  ///< ARN; empty: none
  Handover handover{Handover::kNone};
  std::string problem{};          ///< why it is kFailed, a clause
  std::uint64_t redrives{0};      ///< attempts at delivering the records again that failed
  std::string redrive_problem{};  ///< what the last of those came to, a clause
  bool has_event{false};          ///< the records are kept, too: not of those that cannot be read

  friend bool operator==(const DeadLetter&, const DeadLetter&) = default;
};

/// Of a mapping with this UUID and destination (empty: none). Its event is the record's.
DeadLetter make_dead_letter(const FailureRecord& record, std::string_view mapping, std::string_view destination);

/// The stored form, which holds neither id nor event.
std::string to_row(const DeadLetter& letter);
/// The inverse. Errors: kCorrupt.
StorageResult<DeadLetter> letter_from_row(LetterId id, std::string_view text);

/// The letter as it is shown, with its event (empty: none): one JSON object.
void append_json(std::string& out, const DeadLetter& letter, std::string_view event);

/// What AWS puts into a bucket: the document and the event as text in it.
std::string object_body(const DeadLetter& letter, std::string_view event);
/// Where: `aws/lambda/<mapping>/<shard>/2025/11/25/2025-11-25T15.53.08-<uuid>`.
std::string object_key(const DeadLetter& letter, std::string_view uuid);

}  // namespace millrace::esm
