#include "harness/esm/delivery/shard_reader.hpp"

#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace millrace::esm {

ReadRecords ShardReader::read(TimePoint now) {
  if (!is_free()) throw std::logic_error("shard reader: it is not free");
  state_ = State::kReading;
  begun_ = now;
  return {read_upto_, settings_->page};
}

std::optional<WaitForRecords> ShardReader::wait(std::optional<TimePoint> until) {
  if (!is_free()) throw std::logic_error("shard reader: it is not free");
  if (state_ == State::kWaiting && waiting_until_ == until) return std::nullopt;
  state_ = State::kWaiting;
  waiting_until_ = until;
  return WaitForRecords{until};
}

void ShardReader::on(const Page& page) {
  expect(State::kReading, "RecordsRead");
  state_ = State::kFree;
  failures_ = 0;
  damage_seen_.reset();
  damaged_reads_ = 0;
  if (!page.records.empty()) read_upto_ = page.records.back().sequence;
  more_ = page.more;
  at_end_ = page.at_end;
  caught_up_ = !page.more;
  if (caught_up_) read_all_until_ = begun_;
}

SleepUntil ShardReader::on_failed_read(TimePoint now) {
  expect(State::kReading, "RecordsRead");
  return back_off(now);
}

std::variant<SleepUntil, Discard> ShardReader::on_damage(TimePoint now, Sequence through) {
  expect(State::kReading, "RecordsRead");
  if (!damage_seen_) damage_seen_ = now;
  ++damaged_reads_;
  const Duration age = now - *damage_seen_;
  std::optional<DiscardReason> reason;
  if (settings_->maximum_retry_attempts && damaged_reads_ > *settings_->maximum_retry_attempts) {
    reason = DiscardReason::kRetryAttemptsExhausted;
  } else if (settings_->maximum_record_age && age > *settings_->maximum_record_age) {
    reason = DiscardReason::kRecordAgeExceeded;
  } else if (age > settings_->retention) {
    reason = DiscardReason::kRetentionExceeded;
  }
  if (!reason) return back_off(now);
  state_ = State::kDiscarding;
  Discard discard{*reason, 1, read_upto_ + 1, through};
  discard.unreadable = true;
  read_upto_ = through;
  caught_up_ = false;
  damage_seen_.reset();
  damaged_reads_ = 0;
  return discard;
}

void ShardReader::put_damage_off() {
  expect(State::kReading, "RecordsRead");
  state_ = State::kFree;
  more_ = false;
}

void ShardReader::on(const Discarded& /*event*/) {
  expect(State::kDiscarding, "Discarded");
  state_ = State::kFree;
}

std::optional<ReadRecords> ShardReader::on(TimePoint now, const Woken& /*event*/) {
  if (state_ == State::kWaiting) {
    state_ = State::kFree;
    caught_up_ = false;
    return std::nullopt;
  }
  expect(State::kSleeping, "Woken");
  state_ = State::kFree;
  return read(now);
}

void ShardReader::hold(Sequence upto) {
  expect(State::kFree, "hold");
  state_ = State::kHeld;
  held_until_ = upto;
}

void ShardReader::release(Sequence saved) {
  if (state_ == State::kHeld && held_until_ <= saved) state_ = State::kFree;
}

void ShardReader::stop() {
  if (!is_under_way()) state_ = State::kStopped;
}

void ShardReader::abandon_read() {
  expect(State::kReading, "RecordsRead");
  state_ = State::kStopped;
}

SleepUntil ShardReader::back_off(TimePoint now) {
  state_ = State::kSleeping;
  if (failures_ < std::numeric_limits<std::uint32_t>::max()) ++failures_;
  return {now + settings_->back_off.after(failures_), failures_};
}

void ShardReader::expect(State state, std::string_view event) const {
  if (state_ != state) throw std::logic_error(std::string{"shard reader: unexpected event "}.append(event));
}

}  // namespace millrace::esm
