#include "harness/esm/delivery/lane.hpp"

#include <algorithm>
#include <limits>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace millrace::esm {
namespace {

constexpr std::string_view kEventHead = R"({"Records":[)";
constexpr std::size_t kEnvelopeBytes = kEventHead.size() + std::string_view{"]}"}.size();

/// What a record takes in an event: itself and a comma.
std::size_t size_in_event(const Record& record) { return record.json.size() + 1; }

}  // namespace

// --- Collecting ---

void Lane::add(Record record, Watermark::Place place) {
  waiting_bytes_ += size_in_event(record);
  waiting_.push_back({std::move(record), place});
}

void Lane::open_window(TimePoint now) {
  if (!waiting_.empty() && !window_started_) window_started_ = now;
}

std::optional<TimePoint> Lane::batching_window_end() const {
  return window_started_ ? std::optional{*window_started_ + settings_->batching_window} : std::nullopt;
}

std::optional<TimePoint> Lane::next_end() const {
  auto end = batching_window_end();
  if (!tumbling_) return end;
  std::optional<TimePoint> tumbling_end;
  if (tumbling_->is_open()) {
    tumbling_end = tumbling_->end();
  } else if (!waiting_.empty()) {
    tumbling_end = tumbling_->end_for(waiting_.front().record.created);
  }
  if (!tumbling_end || (end && *end < *tumbling_end)) return end;
  return tumbling_end;
}

bool Lane::batch_is_full() const {
  if (waiting_.size() >= settings_->batch_size) return true;
  if (envelope_bytes() + waiting_bytes_ >= settings_->payload_limit) return true;
  return tumbling_ && !tumbling_->takes(waiting_.back().record.created, waiting_.front().record.created);
}

std::size_t Lane::envelope_bytes() const { return kEnvelopeBytes + (tumbling_ ? tumbling_->member_bytes() : 0); }

bool Lane::window_comes_first() const {
  if (!tumbling_ || !tumbling_->is_open()) return false;
  return tumbling_->ends_early() || waiting_.empty() || waiting_.front().record.created >= tumbling_->end();
}

bool Lane::window_is_over(const Outlook& outlook) const {
  if (!window_comes_first()) return false;
  if (tumbling_->ends_early() || !waiting_.empty()) return true;
  return outlook.at_end || (outlook.settled && outlook.read_all_until >= tumbling_->end());
}

bool Lane::has_enough_waiting() const {
  return waiting_.size() >= settings_->page.records || waiting_bytes_ >= settings_->page.bytes;
}

bool Lane::is_ready(TimePoint now, const Outlook& outlook) const {
  if (window_is_over(outlook)) return true;
  if (waiting_.empty()) return false;
  if (batch_is_full() || outlook.at_end) return true;
  // A backlog gives full batches, as far as one page goes; what arrives one by one is sent one by one.
  if (settings_->batching_window == Duration::zero()) return !outlook.more || has_enough_waiting();
  const auto end = next_end();
  return outlook.settled && end && now >= *end;
}

void Lane::take_batch() {
  batch_.clear();
  if (tumbling_) tumbling_->open_for(waiting_.front().record.created);
  std::size_t bytes = envelope_bytes();
  while (!waiting_.empty() && batch_.size() < settings_->batch_size) {
    if (!batch_.empty() && tumbling_ && waiting_.front().record.created >= tumbling_->end()) break;
    const std::size_t added = size_in_event(waiting_.front().record);
    // The last record has no comma, so a batch may end exactly at the limit. A record that is too large alone is sent
    // alone: the function's side refuses it.
    if (!batch_.empty() && bytes + added - 1 > settings_->payload_limit) break;
    bytes += added;
    waiting_bytes_ -= added;
    batch_.push_back(std::move(waiting_.front()));
    waiting_.pop_front();
  }
  window_started_.reset();
  begin_ = 0;
  later_ends_.clear();
  begin_segment(batch_.size());
}

Lane::LaneAction Lane::send(TimePoint now) {
  expect(State::kCollecting, "send");
  ends_window_ = window_comes_first();
  if (ends_window_) {
    begin_segment(0);
  } else {
    take_batch();
  }
  return invoke(now);
}

// --- Delivering ---

void Lane::begin_segment(std::size_t end) {
  segment_end_ = end;
  event_.reset();
  invocations_ = 0;
  counted_failures_ = 0;
}

std::size_t Lane::expired(TimePoint now, Duration limit) const {
  std::size_t count = 0;
  while (begin_ + count < segment_end_ && now - batch_[begin_ + count].record.created > limit) ++count;
  return count;
}

void Lane::fit_segment() {
  if (!tumbling_) return;  // nothing grows between two attempts
  std::size_t bytes = envelope_bytes();
  for (std::size_t at = begin_; at < segment_end_; ++at) {
    bytes += size_in_event(batch_[at].record);
    if (bytes - 1 <= settings_->payload_limit || at == begin_) continue;
    later_ends_.push_back(segment_end_);
    return begin_segment(at);
  }
}

std::shared_ptr<const std::string> Lane::render_event(std::size_t count) const {
  const std::size_t end = begin_ + count;
  std::size_t bytes = envelope_bytes();
  for (std::size_t at = begin_; at < end; ++at) bytes += size_in_event(batch_[at].record);
  auto event = std::make_shared<std::string>();
  event->reserve(bytes);
  event->append(kEventHead);
  for (std::size_t at = begin_; at < end; ++at) {
    if (at > begin_) event->push_back(',');
    event->append(batch_[at].record.json);
  }
  event->push_back(']');
  if (tumbling_) tumbling_->append_members(*event, ends_window_);
  event->push_back('}');
  return event;
}

Lane::LaneAction Lane::invoke(TimePoint now) {
  if (ends_window_) return end_window(now);
  if (const std::size_t lost = expired(now, settings_->retention); lost > 0) {
    return discard(DiscardReason::kRetentionExceeded, lost);
  }
  if (settings_->maximum_record_age) {
    if (const std::size_t old = expired(now, *settings_->maximum_record_age); old > 0) {
      return discard(DiscardReason::kRecordAgeExceeded, old);
    }
  }
  if (!event_) {
    fit_segment();
    event_ = render_event(segment_end_ - begin_);
  }
  state_ = State::kInvoking;
  const Record& last = batch_[segment_end_ - 1].record;
  return Invoke{event_,        segment_end_ - begin_, batch_[begin_].record.sequence,
                last.sequence, last.created,          invocations_++};
}

/// Sent at least once; from then on it may get as old as a record.
Lane::LaneAction Lane::end_window(TimePoint now) {
  if (invocations_ > 0) {
    const Duration age = now - tumbling_->end();
    if (age > settings_->retention) return discard(DiscardReason::kRetentionExceeded, 0);
    if (settings_->maximum_record_age && age > *settings_->maximum_record_age) {
      return discard(DiscardReason::kRecordAgeExceeded, 0);
    }
  }
  if (!event_) event_ = render_event(0);
  state_ = State::kInvoking;
  return Invoke{.event = event_, .newest = tumbling_->end(), .attempt = invocations_++, .ends_window = true};
}

Lane::Next Lane::on(TimePoint now, const Invoked& event, Watermark& watermark, bool stopping) {
  expect(State::kInvoking, "Invoked");
  judgement_ = Judgement::kFailed;
  switch (event.outcome) {
    case lambda::Outcome::kSuccess: return judge_success(now, event.answer, watermark, stopping);
    case lambda::Outcome::kFunctionError: reported_ = false; return fail(now, stopping);
    case lambda::Outcome::kThrottled:
    case lambda::Outcome::kServiceError:
    case lambda::Outcome::kNoRuntime:
      if (!stopping) return back_off(now);
      state_ = State::kStopped;
      return std::nullopt;
  }
  throw std::logic_error("unknown Outcome");
}

Lane::Next Lane::judge_success(TimePoint now, const BatchAnswer& answer, Watermark& watermark, bool stopping) {
  const BatchVerdict& verdict = answer.verdict;
  std::size_t failed_from = segment_end_;
  // Who aggregates must say what there is to be kept; at the end of the window nothing is.
  if (tumbling_ && !ends_window_ && !answer.state) {
    reported_ = true;
    return fail(now, stopping);
  }
  if (settings_->report_item_failures) {
    reported_ = true;
    if (std::holds_alternative<AllFailed>(verdict)) return fail(now, stopping);
    if (const auto* items = std::get_if<ItemsFailed>(&verdict)) {
      const auto segment = std::span{batch_}.subspan(begin_, segment_end_ - begin_);
      for (const Sequence sequence : items->sequences) {
        const auto found =
            std::ranges::lower_bound(segment, sequence, {}, [](const Held& held) { return held.record.sequence; });
        if (found == segment.end() || found->record.sequence != sequence) return fail(now, stopping);  // of no record
        failed_from = std::min(failed_from, begin_ + static_cast<std::size_t>(found - segment.begin()));
      }
    }
  }
  if (failed_from == begin_ && !ends_window_) return fail_without_halving(now, stopping);
  if (ends_window_) {
    tumbling_->close();
  } else if (tumbling_) {
    tumbling_->keep(*answer.state);
  }
  const bool partial = failed_from < segment_end_;
  finish(failed_from - begin_, RecordEnd::kDelivered, watermark);
  if (partial) begin_segment(segment_end_);  // the remainder is a batch of its own: its retries are counted anew
  backs_off_ = partial;
  judgement_ = partial ? Judgement::kPartlyDelivered : Judgement::kDelivered;
  return std::nullopt;
}

Lane::Next Lane::fail(TimePoint now, bool stopping) {
  const std::size_t size = segment_end_ - begin_;
  if (!settings_->bisect_on_function_error || size < 2 || stopping) return fail_without_halving(now, stopping);
  later_ends_.push_back(segment_end_);
  begin_segment(begin_ + size / 2);
  return invoke(now);  // splitting takes no retry, and the halves have not failed yet: no wait either
}

Lane::Next Lane::fail_without_halving(TimePoint now, bool stopping) {
  if (stopping) {
    state_ = State::kStopped;
    return std::nullopt;
  }
  ++counted_failures_;
  if (settings_->maximum_retry_attempts && counted_failures_ > *settings_->maximum_retry_attempts) {
    return discard(DiscardReason::kRetryAttemptsExhausted, segment_end_ - begin_);
  }
  return back_off(now);
}

Lane::LaneAction Lane::discard(DiscardReason reason, std::size_t count) {
  state_ = State::kDiscarding;
  discarding_ = count;
  if (ends_window_) {
    return Discard{.reason = reason, .invocations = invocations_, .event = event_, .ends_window = true};
  }
  const Record& first = batch_[begin_].record;
  const Record& last = batch_[begin_ + count - 1].record;
  const bool as_sent = event_ && count == segment_end_ - begin_;
  return Discard{reason, count,         first.sequence, last.sequence, invocations_,
                 false,  first.created, last.created,   reported_,     as_sent ? event_ : render_event(count)};
}

Lane::Next Lane::on(const Discarded& /*event*/, Watermark& watermark) {
  expect(State::kDiscarding, "Discarded");
  if (ends_window_) tumbling_->close();
  finish(discarding_, RecordEnd::kDiscarded, watermark);
  event_.reset();
  backs_off_ = false;
  return std::nullopt;
}

void Lane::finish(std::size_t count, RecordEnd how, Watermark& watermark) {
  state_ = State::kFinishedSome;
  for (const std::size_t end = begin_ + count; begin_ < end; ++begin_) watermark.end(batch_[begin_].place, how);
}

Lane::Next Lane::go_on(TimePoint now) {
  expect(State::kFinishedSome, "go_on");
  failures_ = 0;
  if (begin_ < segment_end_) return backs_off_ ? back_off(now) : invoke(now);
  if (!later_ends_.empty()) {
    const std::size_t end = later_ends_.back();
    later_ends_.pop_back();
    begin_segment(end);
    return invoke(now);
  }
  batch_.clear();
  begin_ = 0;
  segment_end_ = 0;
  ends_window_ = false;
  event_.reset();
  state_ = State::kCollecting;
  return std::nullopt;
}

// --- Waiting and ending ---

Lane::LaneAction Lane::back_off(TimePoint now) {
  state_ = State::kSleeping;
  if (failures_ < std::numeric_limits<std::uint32_t>::max()) ++failures_;
  return SleepUntil{now + settings_->back_off.after(failures_), failures_};
}

Lane::Next Lane::on(TimePoint now, const Woken& /*event*/) {
  expect(State::kSleeping, "Woken");
  return invoke(now);
}

void Lane::inherit_failures(std::uint32_t failures) { failures_ = std::max(failures_, failures); }

void Lane::stop() {
  if (!is_under_way()) state_ = State::kStopped;
}

void Lane::expect(State state, std::string_view event) const {
  if (state_ != state) throw std::logic_error(std::string{"lane: unexpected event "}.append(event));
}

}  // namespace millrace::esm
