// Decides what the poller of one shard of one mapping does next. It never waits, reads a clock or touches storage: who
// drives it (mapping_driver.hpp) performs each action and comes back with the event it led to. Same events, same
// actions (reference, section 4).
//
// What it promises: a checkpoint follows only a successful invocation or a discard; a batch is sent again unchanged
// until one of the two; one batch and one read page are the most it holds.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/esm/batch_response.hpp"
#include "harness/esm/poller_settings.hpp"
#include "harness/esm/stream_source.hpp"
#include "harness/lambda/invoker.hpp"

namespace millrace::esm {

// --- Actions: what is to be done next ---

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
};

/// Remember that everything up to `upto` is done. Answer with Saved when that will survive a crash.
struct Checkpoint {
  Sequence upto{0};
  std::size_t delivered{0};  ///< records that have been delivered since the last Checkpoint was asked for
};

enum class DiscardReason : std::uint8_t {
  kRetryAttemptsExhausted,
  kRecordAgeExceeded,
  kRetentionExceeded,  ///< the records have left the stream
};

/// Give these records up: count and log them (an OnFailure destination would be told here). Answer with Discarded.
struct Discard {
  DiscardReason reason{};
  std::size_t records{0};
  Sequence first{0};
  Sequence last{0};
  std::uint32_t invocations{0};  ///< how often the batch had been sent
  bool unreadable{false};        ///< the records are damaged and never reached a batch; they are counted as one
};

/// Answer with Woken when a record has been committed to the shard since the last ReadRecords was begun, or at `until`.
struct WaitForRecords {
  std::optional<TimePoint> until;  ///< end of the batching window
};

/// Answer with Woken at `when`.
struct SleepUntil {
  TimePoint when{};
};

/// What was asked for last is still under way: its answer comes as if nothing had happened.
struct KeepGoing {};

/// The shard is closed and every record of it is done. Nothing follows.
struct Finished {};

/// Stop was obeyed. Nothing follows.
struct Stopped {};

using Action =
    std::variant<ReadRecords, Invoke, Checkpoint, Discard, WaitForRecords, SleepUntil, KeepGoing, Finished, Stopped>;

// --- Events: what has happened ---

struct Started {};
struct Woken {};

struct RecordsRead {
  std::optional<Page> page;     ///< empty when the read failed
  Sequence damaged_through{0};  ///< of a failed read: the page begins with records up to here that are damaged for good
};

struct Invoked {
  lambda::Outcome outcome{lambda::Outcome::kServiceError};
  BatchVerdict verdict{};  ///< of a success: what the answer says of the batch's records; looked at if wanted
};

struct Saved {
  bool ok{true};
};

struct Discarded {};

/// Come to an end: what is being invoked or saved may finish, nothing new begins. At any time, once.
struct Stop {};

using Event = std::variant<Started, Woken, RecordsRead, Invoked, Saved, Discarded, Stop>;

class ShardPoller {
 public:
  /// Starts behind `done`, the last checkpoint (0: at the beginning of the shard).
  ShardPoller(const PollerSettings& settings, Sequence done);

  /// The next action. Throws std::logic_error for an event that does not answer the action before it: a bug in the
  /// driver.
  [[nodiscard]] Action resume(TimePoint now, Event event);

  /// Everything up to here is delivered or discarded, and saved.
  [[nodiscard]] Sequence checkpoint() const { return done_; }
  /// Records read but neither delivered nor discarded.
  [[nodiscard]] std::size_t records_held() const { return pending_.size() + (batch_.size() - begin_); }
  /// Failures in a row, of any kind, that the current wait is for.
  [[nodiscard]] std::uint32_t failures() const { return failures_; }

 private:
  enum class State : std::uint8_t {
    kNew,
    kReading,
    kWaiting,
    kInvoking,
    kDiscarding,
    kSaving,
    kSleeping,
    kFinished,
    kStopped
  };
  enum class AfterSleep : std::uint8_t { kRead, kInvoke, kSave };
  enum class AfterSave : std::uint8_t { kInvoke, kBackOff };

  Action on(TimePoint now, const Started& event);
  Action on(TimePoint now, const Woken& event);
  Action on(TimePoint now, RecordsRead& event);
  Action on(TimePoint now, const Invoked& event);
  Action on(TimePoint now, const Saved& event);
  Action on(TimePoint now, const Discarded& event);
  Action on(TimePoint now, const Stop& event);

  Action collect(TimePoint now);
  Action read();
  Action damaged(TimePoint now, Sequence through);
  Action invoke(TimePoint now);
  Action judge_success(TimePoint now, const BatchVerdict& verdict);
  Action fail(TimePoint now);
  Action fail_without_halving(TimePoint now);
  Action discard(DiscardReason reason, std::size_t count);
  Action save(AfterSave after);
  Action go_on_with_batch(TimePoint now);
  Action back_off(TimePoint now, AfterSleep after);
  Action stopped();

  [[nodiscard]] bool batch_is_full() const;
  [[nodiscard]] bool batch_is_ready(TimePoint now) const;
  void take_batch();
  void begin_segment(std::size_t end);
  [[nodiscard]] std::size_t expired(TimePoint now, Duration limit) const;
  void expect(State state, std::string_view event) const;

  PollerSettings settings_;
  State state_{State::kNew};
  bool stopping_{false};
  Sequence done_;
  Sequence read_upto_;

  // Collecting: records read and not yet in a batch.
  std::deque<Record> pending_;
  std::size_t pending_bytes_{0};
  bool more_{false};       // the last page was cut short by a limit
  bool caught_up_{false};  // the last page was not, and nobody has woken us since
  bool at_end_{false};     // the shard is closed and read to its end
  std::optional<TimePoint> window_started_;
  std::optional<TimePoint> damage_seen_;  // the next records are damaged: since when that is known
  std::uint32_t damaged_reads_{0};        // how often they could not be read

  // Delivering: the batch, of which [begin_, segment_end_) is sent at a time. Bisecting cuts the segment in two and
  // keeps the ends of the later parts, innermost last.
  std::vector<Record> batch_;
  std::size_t begin_{0};
  std::size_t segment_end_{0};
  std::vector<std::size_t> later_ends_;
  std::shared_ptr<const std::string> event_;  // of the segment; null until it is rendered
  std::uint32_t invocations_{0};              // of the segment
  std::uint32_t counted_failures_{0};         // of the segment: those that use up retries

  std::uint32_t failures_{0};  // in a row, for the back-off
  AfterSleep after_sleep_{AfterSleep::kRead};
  AfterSave after_save_{AfterSave::kInvoke};
  Sequence saving_upto_{0};
  std::size_t delivered_{0};  // since the last Checkpoint action
};

}  // namespace millrace::esm
