#include "server/time/adjustable_time.hpp"

#include <algorithm>
#include <utility>

#include "server/time/machine_clock.hpp"

namespace millrace::time {

AdjustableTime::AdjustableTime(std::unique_ptr<Alarm> alarm, Post post, ClockStart start)
    : AlarmedTime{std::move(alarm)}, post_{std::move(post)}, frozen_{start.frozen} {
  const TimePoint at = start.at.value_or(TimePoint{machine_clock()});
  if (start.frozen) {
    stand_still_at(at);
  } else if (start.at) {
    run_from(at);
  }
}

AdjustableTime::~AdjustableTime() = default;

EmulatedTime::TimePoint AdjustableTime::now() const {
  const std::int64_t standing = standing_.load(std::memory_order_acquire);
  if (standing != kRuns) return TimePoint{Duration{standing}};
  return TimePoint{machine_clock() + Duration{ahead_.load(std::memory_order_relaxed)}};
}

Duration AdjustableTime::ahead() const { return now().time_since_epoch() - machine_clock(); }

void AdjustableTime::stand_still_at(TimePoint when) {
  standing_.store(when.time_since_epoch().count(), std::memory_order_release);
}

void AdjustableTime::run_from(TimePoint when) {
  ahead_.store((when.time_since_epoch() - machine_clock()).count(), std::memory_order_relaxed);
  standing_.store(kRuns, std::memory_order_release);
}

void AdjustableTime::freeze() {
  frozen_ = true;
  if (advance_) return;
  stand_still_at(now());
  arm();
}

void AdjustableTime::unfreeze() {
  frozen_ = false;
  if (advance_ || standing_.load(std::memory_order_relaxed) == kRuns) return;
  run_from(now());
  arm();
}

std::optional<Duration> AdjustableTime::time_until(TimePoint when) const {
  if (advance_) return std::nullopt;  // its steps fire the timers
  const TimePoint at = now();
  if (when <= at) return Duration::zero();
  if (standing_.load(std::memory_order_relaxed) != kRuns) return std::nullopt;
  return when - at;
}

std::uint64_t AdjustableTime::advance_to(TimePoint target, std::function<void(bool)> done) {
  if (advance_) return 0;
  stand_still_at(now());
  const std::uint64_t number = ++advances_;
  advance_ = Advance{number, target, std::move(done)};
  arm();
  step_when_settled(number);
  return number;
}

// Behind what is ready to run: who was told that something has ended may be about to begin something else.
void AdjustableTime::step_when_settled(std::uint64_t number) {
  under_way().when_none([this, number] { post_([this, number] { step(number); }); });
}

void AdjustableTime::step(std::uint64_t number) {
  if (!advance_ || advance_->number != number) return;  // abandoned
  if (!under_way().none()) return step_when_settled(number);
  const auto next = timers_.earliest();
  const TimePoint to = next ? std::min(*next, advance_->target) : advance_->target;
  stand_still_at(std::max(now(), to));
  if (!next || *next > advance_->target) return finish(number, true);
  try {
    fire();
  } catch (...) {
    step_when_settled(number);  // a bug in one callback does not stop the clock
    throw;
  }
  step_when_settled(number);
}

void AdjustableTime::finish(std::uint64_t number, bool arrived) {
  if (!advance_ || advance_->number != number) return;
  const std::function<void(bool)> done = std::move(advance_->done);
  advance_.reset();
  if (!frozen_) run_from(now());
  arm();
  done(arrived);
}

void AdjustableTime::abandon_advance(std::uint64_t number) { finish(number, false); }

void AdjustableTime::close() {
  const auto forgotten = std::exchange(advance_, std::nullopt);  // destroyed last
  AlarmedTime::close();
}

}  // namespace millrace::time
