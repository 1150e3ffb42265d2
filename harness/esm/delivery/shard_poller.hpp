// Decides what the poller of one shard of one mapping does next. It never waits, reads a clock or touches storage: who
// drives it (mapping_driver.hpp) performs each action and comes back with the event it led to. Same events, same
// actions (reference, section 4).
//
// It is put together from parts that go on beside each other: a reader (shard_reader.hpp), a filter that lets records
// through to the lanes (record_filter.hpp), lanes that deliver them (lane.hpp), each the records of its partition keys,
// and a watermark (watermark.hpp) that says how far a checkpoint may go. With one lane and no filter exactly one action
// is under way at any time.
//
// What it promises: a checkpoint follows only successful invocations, discards and records that the filter drops, and
// never passes a record that has not come to its end; a batch is sent again unchanged until one of these; records of
// one partition key are delivered in their order; a lane that fails does not hold up another until it is most_ahead
// records behind; whoever moved the watermark waits until that is saved.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "harness/esm/delivery/lane.hpp"
#include "harness/esm/delivery/poller_actions.hpp"
#include "harness/esm/delivery/shard_reader.hpp"
#include "harness/esm/delivery/watermark.hpp"

namespace millrace::esm {

class ShardPoller {
 public:
  /// Starts behind `done`, the last checkpoint (0: at the beginning of the shard), in the tumbling window that it tells
  /// of. Without windows in the settings the last two are of no use.
  ShardPoller(const PollerSettings& settings, Sequence done, ShardName shard = {},
              std::optional<OpenWindow> window = {});

  /// What is to be done next, in this order; empty when what is under way only goes on. Throws std::logic_error for an
  /// event that answers no action: a bug in the driver.
  [[nodiscard]] Actions resume(TimePoint now, Event event);
  /// The same, in place of what `actions` held: a list that is kept allocates nothing.
  void resume(TimePoint now, Event event, Actions& actions);

  /// Everything up to here is delivered, discarded or filtered out, and saved.
  [[nodiscard]] Sequence checkpoint() const { return saved_.upto; }
  /// Records read that wait for a lane or are in one.
  [[nodiscard]] std::size_t records_held() const;
  [[nodiscard]] std::size_t records_held(LaneId lane) const { return lanes_.at(index_of(lane)).records_held(); }
  /// Of those, what is sent together.
  [[nodiscard]] std::size_t records_in_batch(LaneId lane) const { return lanes_.at(index_of(lane)).records_in_batch(); }
  /// Records that the filter has dropped so far.
  [[nodiscard]] std::uint64_t records_filtered() const { return filtered_; }
  /// How many lanes there are.
  [[nodiscard]] std::size_t lanes() const { return lanes_.size(); }
  /// Failures in a row, of the part that has most of them.
  [[nodiscard]] std::uint32_t failures() const;
  /// What the last answer to an Invoke of this lane came to.
  [[nodiscard]] Judgement judgement(LaneId lane) const { return lanes_.at(index_of(lane)).judgement(); }

 private:
  enum class State : std::uint8_t { kNew, kRunning, kStopping, kEnded };
  enum class Saving : std::uint8_t { kNothing, kUnderWay, kSleeping };
  /// What a checkpoint tells: how far the records are done, and the last change of the tumbling window.
  struct Mark {
    Sequence upto{0};
    std::uint64_t window_changes{0};

    friend bool operator==(const Mark&, const Mark&) = default;
  };

  void on(TimePoint now, LaneId lane, const Started& event, Actions& actions);
  void on(TimePoint now, LaneId lane, const Woken& event, Actions& actions);
  void on(TimePoint now, LaneId lane, RecordsRead& event, Actions& actions);
  void on(TimePoint now, LaneId lane, const Invoked& event, Actions& actions);
  void on(TimePoint now, LaneId lane, const Saved& event, Actions& actions);
  void on(TimePoint now, LaneId lane, const Discarded& event, Actions& actions);
  void on(TimePoint now, LaneId lane, const Stop& event, Actions& actions);

  void take(Page& page);
  void on_damage(TimePoint now, Sequence through, Actions& actions);
  /// A lane has dealt with an answer; `before` is what there was to save then.
  void after_answer(TimePoint now, LaneId lane, Lane::Next next, Mark before, Actions& actions);
  [[nodiscard]] Mark mark() const { return {watermark_.upto(), lanes_.front().window_changes()}; }

  /// Begins whatever can begin.
  void settle(TimePoint now, Actions& actions);
  void save_what_is_done(Actions& actions);
  void send_what_is_ready(TimePoint now, Actions& actions);
  void employ_reader(TimePoint now, Actions& actions);
  [[nodiscard]] bool may_read_on() const;
  [[nodiscard]] bool is_under_way() const;
  [[nodiscard]] bool is_finished() const;
  [[nodiscard]] bool is_stopping() const { return state_ == State::kStopping; }

  std::shared_ptr<const PollerSettings> settings_;
  State state_{State::kNew};
  ShardReader reader_;
  std::vector<Lane> lanes_;
  Watermark watermark_;

  Saving saving_{Saving::kNothing};
  Mark asked_;  // what the last Checkpoint said
  Mark saved_;
  std::uint64_t filtered_{0};
  std::uint32_t failed_saves_{0};  // counts on from the failures of the lane that waits for it
};

}  // namespace millrace::esm
