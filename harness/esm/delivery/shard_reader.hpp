// Reads a shard in order, a page at a time: how far it has come, whether more is there at once, what to do about reads
// that fail and about records that are damaged for good. It keeps no records: who asked for the page takes them.
//
// A state machine without a clock of its own, part of ShardPoller.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <variant>

#include "harness/esm/delivery/poller_actions.hpp"

namespace millrace::esm {

class ShardReader {
 public:
  /// Begins behind `done`.
  ShardReader(std::shared_ptr<const PollerSettings> settings, Sequence done)
      : settings_{std::move(settings)}, read_upto_{done} {}

  /// Nothing is under way but a wait, which ends when the reader is asked for something else.
  [[nodiscard]] bool is_free() const { return state_ == State::kFree || state_ == State::kWaiting; }
  /// A read or a discard is under way.
  [[nodiscard]] bool is_under_way() const { return state_ == State::kReading || state_ == State::kDiscarding; }
  /// A limit ended the last page: the next read brings records.
  [[nodiscard]] bool has_more() const { return more_; }
  /// Everything was read, and no commit has told of more.
  [[nodiscard]] bool is_caught_up() const { return caught_up_; }
  /// Everything that was written before this has been read.
  [[nodiscard]] TimePoint has_read_all_until() const { return read_all_until_; }
  /// The shard is closed and read to its end.
  [[nodiscard]] bool is_at_end() const { return at_end_; }
  /// Failed reads in a row, of any kind.
  [[nodiscard]] std::uint32_t failures() const { return failures_; }
  void forget_failures() { failures_ = 0; }

  // --- What a free reader can be asked for ---

  ReadRecords read(TimePoint now);
  /// Empty when that very wait is under way.
  std::optional<WaitForRecords> wait(std::optional<TimePoint> until);

  // --- Answers. Each throws std::logic_error when it answers nothing. ---

  /// The page has come; its records are the caller's.
  void on(const Page& page);
  SleepUntil on_failed_read(TimePoint now);
  /// The next records, up to `through`, are damaged: what is damaged stays so, and the rules that give up a failing
  /// batch give it up as well. When it was written cannot be read either: its age counts from the first attempt.
  std::variant<SleepUntil, Discard> on_damage(TimePoint now, Sequence through);
  /// The next records are damaged, and what was read before them goes first: it waits for nothing behind it.
  void put_damage_off();
  void on(const Discarded& event);
  /// After a sleep the shard is read again; after a wait the reader is free.
  std::optional<ReadRecords> on(TimePoint now, const Woken& event);

  /// Everything up to here is read, or given up as damaged.
  [[nodiscard]] Sequence read_upto() const { return read_upto_; }
  /// Reads nothing more until everything up to `upto` is saved.
  void hold(Sequence upto);
  void release(Sequence saved);
  /// The process ends: nothing begins any more. What a read under way brings is not wanted: abandon_read().
  void stop();
  void abandon_read();

 private:
  enum class State : std::uint8_t { kFree, kReading, kWaiting, kSleeping, kDiscarding, kHeld, kStopped };

  SleepUntil back_off(TimePoint now);
  void expect(State state, std::string_view event) const;

  std::shared_ptr<const PollerSettings> settings_;
  State state_{State::kFree};
  Sequence read_upto_;
  bool more_{false};
  bool caught_up_{false};
  bool at_end_{false};
  TimePoint begun_{};  // the read under way, or the last one
  TimePoint read_all_until_{};
  std::optional<TimePoint> waiting_until_;
  std::optional<TimePoint> damage_seen_;  // the next records are damaged: since when that is known
  std::uint32_t damaged_reads_{0};        // how often they could not be read
  std::uint32_t failures_{0};
  Sequence held_until_{0};
};

}  // namespace millrace::esm
