// One lane of a shard: collects records into batches and delivers them one batch after the other, in order. Batching
// window, bisecting, retries, back-off, age and giving up are all here; other lanes of the shard know nothing of it.
//
// A state machine without a clock of its own, part of ShardPoller, which passes on its actions under the lane's id.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "harness/esm/delivery/poller_actions.hpp"
#include "harness/esm/delivery/tumbling_window.hpp"
#include "harness/esm/delivery/watermark.hpp"

namespace millrace::esm {

/// What a lane made of an answer of the function.
enum class Judgement : std::uint8_t {
  kDelivered,
  kPartlyDelivered,  ///< what comes before the first reported record
  kFailed,
};

class Lane {
 public:
  /// Of the records that may follow what the lane holds.
  struct Outlook {
    bool more{false};            ///< the next read brings some at once
    bool at_end{false};          ///< there are none any more
    bool settled{false};         ///< nothing is being read, so a window that is over is over
    TimePoint read_all_until{};  ///< everything that was written before this has been read
  };
  using LaneAction = std::variant<Invoke, Discard, SleepUntil>;
  /// Empty: nothing is under way.
  using Next = std::optional<LaneAction>;

  /// `window`: of a shard with tumbling windows.
  explicit Lane(std::shared_ptr<const PollerSettings> settings, std::optional<TumblingWindow> window = {})
      : settings_{std::move(settings)}, tumbling_{std::move(window)} {}

  // --- Collecting: no batch is under way ---

  void add(Record record, Watermark::Place place);
  [[nodiscard]] bool is_collecting() const { return state_ == State::kCollecting; }
  /// Begins the batching window of what has been collected, if none has begun.
  void open_window(TimePoint now);
  /// When the lane may have to send although no record comes: the end of its batching window or its tumbling window.
  [[nodiscard]] std::optional<TimePoint> next_end() const;
  [[nodiscard]] bool is_ready(TimePoint now, const Outlook& outlook) const;
  /// Sends what has been collected, as far as one batch goes, or the end of a tumbling window that comes before it.
  /// Only when something has been collected, or the lane is_ready().
  [[nodiscard]] LaneAction send(TimePoint now);

  // --- Answers. Each throws std::logic_error when it answers nothing. ---

  /// `stopping`: nothing is sent again. When nothing follows and the lane has finished records (has_finished()), it
  /// stands until go_on().
  [[nodiscard]] Next on(TimePoint now, const Invoked& event, Watermark& watermark, bool stopping);
  [[nodiscard]] Next on(const Discarded& event, Watermark& watermark);
  [[nodiscard]] Next on(TimePoint now, const Woken& event);

  /// Records have come to their end, and the lane does not go on until it is told to.
  [[nodiscard]] bool has_finished() const { return state_ == State::kFinishedSome; }
  /// Stands until everything up to `upto`, and as many changes of its window, are saved.
  void hold(Sequence upto, std::uint64_t window_changes) {
    held_until_ = upto;
    held_changes_ = window_changes;
  }
  [[nodiscard]] bool is_released_by(Sequence saved, std::uint64_t window_changes) const {
    return has_finished() && held_until_ <= saved && held_changes_ <= window_changes;
  }
  [[nodiscard]] Next go_on(TimePoint now);
  /// The process ends: nothing begins any more.
  void stop();

  [[nodiscard]] bool is_under_way() const { return state_ == State::kInvoking || state_ == State::kDiscarding; }
  /// Records that are neither delivered nor given up.
  [[nodiscard]] std::size_t records_held() const { return waiting_.size() + (batch_.size() - begin_); }
  /// Those that are sent together: what is left of them after an answer.
  [[nodiscard]] std::size_t records_in_batch() const { return segment_end_ - begin_; }
  /// As much waits behind the batch under way as the next read may bring.
  [[nodiscard]] bool has_enough_waiting() const;
  [[nodiscard]] bool has_waiting() const { return !waiting_.empty(); }
  /// The tumbling window, if the lane has one.
  [[nodiscard]] const TumblingWindow* tumbling_window() const { return tumbling_ ? &*tumbling_ : nullptr; }
  [[nodiscard]] std::uint64_t window_changes() const { return tumbling_ ? tumbling_->changes() : 0; }
  /// Failures in a row, of any kind.
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  /// Counts on from the failures of whoever kept the lane's records waiting.
  void inherit_failures(std::uint32_t failures);
  [[nodiscard]] Judgement judgement() const { return judgement_; }

 private:
  enum class State : std::uint8_t { kCollecting, kInvoking, kDiscarding, kFinishedSome, kSleeping, kStopped };
  struct Held {
    Record record;
    Watermark::Place place{0};
  };

  LaneAction invoke(TimePoint now);
  LaneAction end_window(TimePoint now);
  Next judge_success(TimePoint now, const BatchAnswer& answer, Watermark& watermark, bool stopping);
  Next fail(TimePoint now, bool stopping);
  Next fail_without_halving(TimePoint now, bool stopping);
  LaneAction discard(DiscardReason reason, std::size_t count);
  LaneAction back_off(TimePoint now);
  void finish(std::size_t count, RecordEnd how, Watermark& watermark);

  [[nodiscard]] std::optional<TimePoint> batching_window_end() const;
  [[nodiscard]] bool batch_is_full() const;
  /// The tumbling window has to end before anything else is sent.
  [[nodiscard]] bool window_comes_first() const;
  [[nodiscard]] bool window_is_over(const Outlook& outlook) const;
  void take_batch();
  [[nodiscard]] std::size_t envelope_bytes() const;
  /// Cuts the segment until its event is no larger than a payload may be.
  void fit_segment();
  void begin_segment(std::size_t end);
  /// The event of the first `count` records of the segment.
  [[nodiscard]] std::shared_ptr<const std::string> render_event(std::size_t count) const;
  [[nodiscard]] std::size_t expired(TimePoint now, Duration limit) const;
  void expect(State state, std::string_view event) const;

  std::shared_ptr<const PollerSettings> settings_;
  State state_{State::kCollecting};

  std::deque<Held> waiting_;  // not yet in a batch
  std::size_t waiting_bytes_{0};
  std::optional<TimePoint> window_started_;  // the batching window
  std::optional<TumblingWindow> tumbling_;

  // The batch, of which [begin_, segment_end_) is sent at a time. Bisecting cuts the segment in two and keeps the ends
  // of the later parts, innermost last.
  std::vector<Held> batch_;
  std::size_t begin_{0};
  std::size_t segment_end_{0};
  std::vector<std::size_t> later_ends_;
  std::shared_ptr<const std::string> event_;  // of the segment; null until it is rendered
  std::uint32_t invocations_{0};              // of the segment
  std::uint32_t counted_failures_{0};         // of the segment: those that use up retries
  bool reported_{false};                      // the last of those was a report of the function

  std::size_t discarding_{0};  // records of the Discard under way
  bool ends_window_{false};    // what is sent is the end of the tumbling window
  Sequence held_until_{0};
  std::uint64_t held_changes_{0};
  bool backs_off_{false};      // what follows what has been finished failed
  std::uint32_t failures_{0};  // in a row, for the back-off
  Judgement judgement_{Judgement::kFailed};
};

}  // namespace millrace::esm
