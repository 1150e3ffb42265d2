// What the poller of a shard asks for, and what it is told in answer (shard_poller.hpp).
//
// A poller consists of parts that go on beside each other: its reader, its lanes, and the progress that writes
// checkpoints. Each action is of one part, and so is the event that answers it; a part has one action under way at
// most.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/esm/delivery/batch_response.hpp"
#include "harness/esm/delivery/tumbling_window.hpp"
#include "harness/esm/source/poller_settings.hpp"
#include "harness/esm/source/stream_source.hpp"
#include "harness/lambda/invocation/invoker.hpp"

namespace millrace::esm {

/// A lane of a shard, counted from 0, or one of the two parts that a shard has once.
enum class LaneId : std::uint8_t {
  kFirst = 0,
  kReader = 0xfe,
  kProgress = 0xff,
};

constexpr LaneId lane_id(std::size_t index) { return static_cast<LaneId>(index); }
constexpr std::size_t index_of(LaneId lane) { return static_cast<std::size_t>(lane); }
constexpr bool is_lane(LaneId id) { return id < LaneId::kReader; }

// --- Actions: what is to be done ---

/// Read the shard behind `after`. Answer with RecordsRead.
struct ReadRecords {
  Sequence after{0};
  ReadLimits limits{};
};

/// Call the function. Answer with Invoked.
struct Invoke {
  std::shared_ptr<const std::string> event;  ///< the JSON event, the same bytes on every attempt
  std::size_t records{0};
  Sequence first{0};
  Sequence last{0};
  TimePoint newest{};        ///< when the last record was written: iterator age
  std::uint32_t attempt{0};  ///< 0 for the first time this very batch is sent
  bool ends_window{false};   ///< there are no records: a tumbling window comes to its end
};

/// Remember that everything up to `upto` is done. Answer with Saved when that will survive a crash.
struct Checkpoint {
  Sequence upto{0};
  std::size_t delivered{0};            ///< records up to `upto` that no Checkpoint before has counted
  std::size_t discarded{0};            ///< likewise
  std::optional<OpenWindow> window{};  ///< the tumbling window that is open then, with what it keeps
};

enum class DiscardReason : std::uint8_t {
  kRetryAttemptsExhausted,
  kRecordAgeExceeded,
  kRetentionExceeded,  ///< the records have left the stream
};

/// Give these records up: count, log and keep them, tell a destination. Answer with Discarded when they are kept; until
/// then the lane stands.
struct Discard {
  DiscardReason reason{};
  std::size_t records{0};
  Sequence first{0};
  Sequence last{0};
  std::uint32_t invocations{0};  ///< how often the batch had been sent
  bool unreadable{false};        ///< the records are damaged and never reached a batch; they are counted as one
  TimePoint first_created{};     ///< of a readable one: when the first record was written
  TimePoint last_created{};
  bool reported{false};  ///< the last failure was an answer that reported items, not an error of the function
  /// Of these records, or of the end of the window, as it was or would have been sent; null: unreadable.
  std::shared_ptr<const std::string> event{};
  bool ends_window{false};  ///< no records: what a tumbling window has kept is given up
};

/// Answer with Woken when a record has been committed to the shard since the last ReadRecords was begun, or at `until`.
/// Until then the reader may ask for something else, which ends this wait.
struct WaitForRecords {
  std::optional<TimePoint> until;  ///< the first end of a batching window
};

/// Answer with Woken at `when`.
struct SleepUntil {
  TimePoint when{};
  std::uint32_t failures{0};  ///< in a row, that this wait is for
};

/// The shard is closed and every record of it is done. Nothing follows.
struct Finished {};

/// Stop was obeyed. Nothing follows.
struct Stopped {};

struct Action {
  LaneId lane{};
  std::variant<ReadRecords, Invoke, Checkpoint, Discard, WaitForRecords, SleepUntil, Finished, Stopped> what;
};
using Actions = std::vector<Action>;

// --- Events: what has happened ---

struct Started {};
struct Woken {};

struct RecordsRead {
  std::optional<Page> page;     ///< empty when the read failed
  Sequence damaged_through{0};  ///< of a failed read: the page begins with records up to here that are damaged for good
};

struct Invoked {
  lambda::Outcome outcome{lambda::Outcome::kServiceError};
  BatchAnswer answer{};  ///< of a success: what it says of the batch's records and the window; looked at if wanted
};

struct Saved {
  bool ok{true};
};

struct Discarded {};

/// Come to an end: what is being read, invoked, discarded or saved may finish and is answered, nothing new begins but
/// the checkpoint of what has been finished. Waits and sleeps are void. At any time, once.
struct Stop {};

struct Event {
  LaneId lane{};  ///< whose action this answers; of Started and Stop without meaning
  std::variant<Started, Woken, RecordsRead, Invoked, Saved, Discarded, Stop> what;
};

}  // namespace millrace::esm
