#include "harness/esm/shard_poller.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>
#include <utility>

#include "harness/esm/batch_response.hpp"

namespace millrace::esm {
namespace {

constexpr std::string_view kEventHead = R"({"Records":[)";
constexpr std::string_view kEventTail = "]}";
constexpr std::size_t kEnvelopeBytes = kEventHead.size() + kEventTail.size();

/// What a record takes in an event: itself and a comma.
std::size_t size_in_event(const Record& record) { return record.json.size() + 1; }

}  // namespace

Duration BackOff::after(std::uint32_t failures) const {
  constexpr std::uint32_t kMaxDoublings = 20;  // enough for any cap, and no initial wait overflows
  const std::uint32_t doublings = std::min(failures == 0 ? 0 : failures - 1, kMaxDoublings);
  return std::min(cap, initial * (std::int64_t{1} << doublings));
}

ShardPoller::ShardPoller(const PollerSettings& settings, Sequence done)
    : settings_{settings}, done_{done}, read_upto_{done} {}

Action ShardPoller::resume(TimePoint now, Event event) {
  return std::visit([&](auto& happened) { return on(now, happened); }, event);
}

Action ShardPoller::on(TimePoint now, const Started& /*event*/) {
  expect(State::kNew, "Started");
  return collect(now);
}

Action ShardPoller::on(TimePoint now, const Woken& /*event*/) {
  if (state_ == State::kWaiting) {
    caught_up_ = false;
    return batch_is_ready(now) ? collect(now) : read();
  }
  expect(State::kSleeping, "Woken");
  switch (after_sleep_) {
    case AfterSleep::kRead: return read();
    case AfterSleep::kInvoke: return invoke(now);
    case AfterSleep::kSave: return save(after_save_);
  }
  throw std::logic_error("unknown AfterSleep");
}

Action ShardPoller::on(TimePoint now, RecordsRead& event) {
  expect(State::kReading, "RecordsRead");
  if (stopping_) return stopped();
  if (!event.page) {
    return event.damaged_through > 0 ? damaged(now, event.damaged_through) : back_off(now, AfterSleep::kRead);
  }
  failures_ = 0;
  damage_seen_.reset();
  damaged_reads_ = 0;
  for (Record& record : event.page->records) {
    pending_bytes_ += size_in_event(record);
    read_upto_ = record.sequence;
    pending_.push_back(std::move(record));
  }
  more_ = event.page->more;
  at_end_ = event.page->at_end;
  caught_up_ = !more_;
  return collect(now);
}

Action ShardPoller::on(TimePoint now, const Invoked& event) {
  expect(State::kInvoking, "Invoked");
  switch (event.outcome) {
    case lambda::Outcome::kSuccess: return judge_success(now, event.verdict);
    case lambda::Outcome::kFunctionError: return fail(now);
    case lambda::Outcome::kThrottled:
    case lambda::Outcome::kServiceError:
    case lambda::Outcome::kNoRuntime: return stopping_ ? stopped() : back_off(now, AfterSleep::kInvoke);
  }
  throw std::logic_error("unknown Outcome");
}

Action ShardPoller::on(TimePoint now, const Saved& event) {
  expect(State::kSaving, "Saved");
  if (event.ok) done_ = saving_upto_;
  if (stopping_) return stopped();
  if (!event.ok) return back_off(now, AfterSleep::kSave);
  failures_ = 0;
  return go_on_with_batch(now);
}

Action ShardPoller::on(TimePoint /*now*/, const Discarded& /*event*/) {
  expect(State::kDiscarding, "Discarded");
  return save(AfterSave::kInvoke);
}

Action ShardPoller::on(TimePoint /*now*/, const Stop& /*event*/) {
  stopping_ = true;
  switch (state_) {
    case State::kReading:
    case State::kInvoking:
    case State::kDiscarding:
    case State::kSaving: return KeepGoing{};
    case State::kNew:
    case State::kWaiting:
    case State::kSleeping:
    case State::kFinished:
    case State::kStopped: return stopped();
  }
  throw std::logic_error("unknown State");
}

// --- Collecting ---

Action ShardPoller::collect(TimePoint now) {
  if (!pending_.empty() && !window_started_) window_started_ = now;
  if (batch_is_ready(now)) {
    take_batch();
    return invoke(now);
  }
  if (at_end_) {
    state_ = State::kFinished;
    return Finished{};
  }
  if (!caught_up_) return read();
  state_ = State::kWaiting;
  if (pending_.empty()) return WaitForRecords{};
  return WaitForRecords{*window_started_ + settings_.batching_window};
}

Action ShardPoller::read() {
  state_ = State::kReading;
  return ReadRecords{read_upto_, settings_.page};
}

/// What is damaged stays so, and the rules that give up a failing batch give it up as well. When it was written cannot
/// be read either: its age counts from the first attempt.
Action ShardPoller::damaged(TimePoint now, Sequence through) {
  if (!pending_.empty()) {
    more_ = false;  // what was read before it goes first, and waits for nothing behind it
    take_batch();
    return invoke(now);
  }
  if (!damage_seen_) damage_seen_ = now;
  ++damaged_reads_;
  const Duration age = now - *damage_seen_;
  std::optional<DiscardReason> reason;
  if (settings_.maximum_retry_attempts && damaged_reads_ > *settings_.maximum_retry_attempts) {
    reason = DiscardReason::kRetryAttemptsExhausted;
  } else if (settings_.maximum_record_age && age > *settings_.maximum_record_age) {
    reason = DiscardReason::kRecordAgeExceeded;
  } else if (age > settings_.retention) {
    reason = DiscardReason::kRetentionExceeded;
  }
  if (!reason) return back_off(now, AfterSleep::kRead);
  state_ = State::kDiscarding;
  const Discard action{*reason, 1, read_upto_ + 1, through, 0, true};
  read_upto_ = through;
  caught_up_ = false;
  damage_seen_.reset();
  damaged_reads_ = 0;
  return action;
}

bool ShardPoller::batch_is_full() const {
  return pending_.size() >= settings_.batch_size || kEnvelopeBytes + pending_bytes_ >= settings_.payload_limit;
}

bool ShardPoller::batch_is_ready(TimePoint now) const {
  if (pending_.empty()) return false;
  if (batch_is_full() || at_end_) return true;
  if (settings_.batching_window == Duration::zero()) {
    // A backlog gives full batches, as far as one page goes; what arrives one by one is sent one by one.
    return !more_ || pending_.size() >= settings_.page.records || pending_bytes_ >= settings_.page.bytes;
  }
  return window_started_ && now >= *window_started_ + settings_.batching_window;
}

void ShardPoller::take_batch() {
  batch_.clear();
  std::size_t bytes = kEnvelopeBytes;
  while (!pending_.empty() && batch_.size() < settings_.batch_size) {
    const std::size_t added = size_in_event(pending_.front());
    // The last record has no comma, so a batch may end exactly at the limit. A record that is too large alone is sent
    // alone: the function's side refuses it.
    if (!batch_.empty() && bytes + added - 1 > settings_.payload_limit) break;
    bytes += added;
    pending_bytes_ -= added;
    batch_.push_back(std::move(pending_.front()));
    pending_.pop_front();
  }
  window_started_.reset();
  begin_ = 0;
  later_ends_.clear();
  begin_segment(batch_.size());
}

// --- Delivering ---

void ShardPoller::begin_segment(std::size_t end) {
  segment_end_ = end;
  event_.reset();
  invocations_ = 0;
  counted_failures_ = 0;
}

std::size_t ShardPoller::expired(TimePoint now, Duration limit) const {
  std::size_t count = 0;
  while (begin_ + count < segment_end_ && now - batch_[begin_ + count].created > limit) ++count;
  return count;
}

Action ShardPoller::invoke(TimePoint now) {
  if (const std::size_t lost = expired(now, settings_.retention); lost > 0) {
    return discard(DiscardReason::kRetentionExceeded, lost);
  }
  if (settings_.maximum_record_age) {
    if (const std::size_t old = expired(now, *settings_.maximum_record_age); old > 0) {
      return discard(DiscardReason::kRecordAgeExceeded, old);
    }
  }
  if (!event_) {
    std::size_t bytes = kEnvelopeBytes;
    for (std::size_t at = begin_; at < segment_end_; ++at) bytes += size_in_event(batch_[at]);
    auto event = std::make_shared<std::string>();
    event->reserve(bytes);
    event->append(kEventHead);
    for (std::size_t at = begin_; at < segment_end_; ++at) {
      if (at > begin_) event->push_back(',');
      event->append(batch_[at].json);
    }
    event->append(kEventTail);
    event_ = std::move(event);
  }
  state_ = State::kInvoking;
  const Record& last = batch_[segment_end_ - 1];
  return Invoke{event_, segment_end_ - begin_, batch_[begin_].sequence, last.sequence, last.created, invocations_++};
}

Action ShardPoller::judge_success(TimePoint now, const BatchVerdict& verdict) {
  std::size_t failed_from = segment_end_;
  if (settings_.report_item_failures) {
    if (std::holds_alternative<AllFailed>(verdict)) return fail(now);
    if (const auto* items = std::get_if<ItemsFailed>(&verdict)) {
      const auto segment = std::span{batch_}.subspan(begin_, segment_end_ - begin_);
      for (const Sequence sequence : items->sequences) {
        const auto found = std::ranges::lower_bound(segment, sequence, {}, &Record::sequence);
        if (found == segment.end() || found->sequence != sequence) return fail(now);  // not of this batch
        failed_from = std::min(failed_from, begin_ + static_cast<std::size_t>(found - segment.begin()));
      }
    }
  }
  if (failed_from == begin_) return fail_without_halving(now);
  const bool partial = failed_from < segment_end_;
  delivered_ += failed_from - begin_;
  begin_ = failed_from;
  if (partial) begin_segment(segment_end_);  // the remainder is a batch of its own: its retries are counted anew
  return save(partial ? AfterSave::kBackOff : AfterSave::kInvoke);
}

Action ShardPoller::fail(TimePoint now) {
  const std::size_t size = segment_end_ - begin_;
  if (!settings_.bisect_on_function_error || size < 2 || stopping_) return fail_without_halving(now);
  later_ends_.push_back(segment_end_);
  begin_segment(begin_ + size / 2);
  return invoke(now);  // splitting takes no retry, and the halves have not failed yet: no wait either
}

Action ShardPoller::fail_without_halving(TimePoint now) {
  if (stopping_) return stopped();
  ++counted_failures_;
  if (settings_.maximum_retry_attempts && counted_failures_ > *settings_.maximum_retry_attempts) {
    return discard(DiscardReason::kRetryAttemptsExhausted, segment_end_ - begin_);
  }
  return back_off(now, AfterSleep::kInvoke);
}

Action ShardPoller::discard(DiscardReason reason, std::size_t count) {
  state_ = State::kDiscarding;
  const Discard action{reason, count, batch_[begin_].sequence, batch_[begin_ + count - 1].sequence, invocations_};
  begin_ += count;
  event_.reset();
  return action;
}

Action ShardPoller::save(AfterSave after) {
  state_ = State::kSaving;
  after_save_ = after;
  saving_upto_ = batch_.empty() ? read_upto_ : batch_[begin_ - 1].sequence;  // without a batch: damaged records
  return Checkpoint{saving_upto_, std::exchange(delivered_, 0)};
}

Action ShardPoller::go_on_with_batch(TimePoint now) {
  if (begin_ < segment_end_) {
    return after_save_ == AfterSave::kBackOff ? back_off(now, AfterSleep::kInvoke) : invoke(now);
  }
  if (!later_ends_.empty()) {
    const std::size_t end = later_ends_.back();
    later_ends_.pop_back();
    begin_segment(end);
    return invoke(now);
  }
  batch_.clear();
  begin_ = 0;
  segment_end_ = 0;
  event_.reset();
  return collect(now);
}

// --- Waiting and ending ---

Action ShardPoller::back_off(TimePoint now, AfterSleep after) {
  state_ = State::kSleeping;
  after_sleep_ = after;
  if (failures_ < std::numeric_limits<std::uint32_t>::max()) ++failures_;
  return SleepUntil{now + settings_.back_off.after(failures_)};
}

Action ShardPoller::stopped() {
  state_ = State::kStopped;
  return Stopped{};
}

void ShardPoller::expect(State state, std::string_view event) const {
  if (state_ != state) throw std::logic_error(std::string{"shard poller: unexpected event "}.append(event));
}

}  // namespace millrace::esm
