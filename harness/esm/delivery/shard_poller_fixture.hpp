// What the scripts of the shard poller share: events in short form, and actions printed as one short text each.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <array>
#include <initializer_list>
#include <optional>
#include <string>
#include <utility>

#include "harness/esm/delivery/shard_poller.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

inline constexpr TimePoint kStart{std::chrono::hours{24 * 365 * 50}};

/// An action as one short text, so that a test reads as a script. Times are relative to kStart.
struct Print {
  std::string operator()(const ReadRecords& action) const { return fmt::format("read after {}", action.after); }
  std::string operator()(const Invoke& action) const {
    return fmt::format("invoke {}-{} attempt {}", action.first, action.last, action.attempt);
  }
  std::string operator()(const Checkpoint& action) const { return fmt::format("checkpoint {}", action.upto); }
  std::string operator()(const Discard& action) const {
    constexpr std::array kReasons{"retries", "age", "retention"};
    return fmt::format("discard {}{}-{} {} after {}", action.unreadable ? "unreadable " : "", action.first, action.last,
                       kReasons[static_cast<std::size_t>(action.reason)], action.invocations);
  }
  std::string operator()(const WaitForRecords& action) const {
    return action.until ? fmt::format("wait until {}ms", since_start(*action.until)) : "wait";
  }
  std::string operator()(const SleepUntil& action) const {
    return fmt::format("sleep until {}ms", since_start(action.when));
  }
  std::string operator()(const Finished&) const { return "finished"; }
  std::string operator()(const Stopped&) const { return "stopped"; }

  static long since_start(TimePoint time) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(time - kStart).count());
  }
};

inline Record record(Sequence sequence, TimePoint created = kStart, std::size_t bytes = 0) {
  std::string json = fmt::format("{{\"n\":{}}}", sequence);
  if (bytes > json.size()) json.append(bytes - json.size(), ' ');
  return {sequence, created, std::move(json)};
}

inline Record record_of(std::uint64_t partition, Sequence sequence, TimePoint created = kStart) {
  Record made = record(sequence, created);
  made.partition = partition;
  return made;
}

inline RecordsRead records(std::initializer_list<Sequence> sequences) {
  Page page;
  for (const Sequence sequence : sequences) page.records.push_back(record(sequence));
  return {std::move(page)};
}
inline RecordsRead nothing() { return records({}); }
inline RecordsRead with_more(RecordsRead read) {
  read.page->more = true;
  return read;
}
inline RecordsRead at_end(RecordsRead read) {
  read.page->at_end = true;
  return read;
}
inline RecordsRead read_failed() { return {}; }
inline RecordsRead damaged(Sequence through) { return {std::nullopt, through}; }

inline Invoked succeeded() { return {lambda::Outcome::kSuccess}; }
inline Invoked failed() { return {lambda::Outcome::kFunctionError}; }
inline Invoked throttled() { return {lambda::Outcome::kThrottled}; }
inline Invoked service_error() { return {lambda::Outcome::kServiceError}; }

/// A response that names these records as failed.
class Reported {
 public:
  explicit Reported(std::initializer_list<Sequence> sequences) {
    for (const Sequence sequence : sequences) {
      if (!text_.empty()) text_.push_back(',');
      text_.append(fmt::format(R"({{"itemIdentifier":"{}"}})", streams::to_sequence_number(sequence)));
    }
    text_ = R"({"batchItemFailures":[)" + text_ + "]}";
  }
  [[nodiscard]] Invoked event() const { return {lambda::Outcome::kSuccess, read_batch_response(text_)}; }

 private:
  std::string text_;
};

/// One text for each action, in their order; those of a shard with one lane say no id.
inline std::string print(const Action& action) {
  const std::string text = std::visit(Print{}, action.what);
  return is_lane(action.lane) && action.lane != LaneId::kFirst ? fmt::format("lane {} {}", index_of(action.lane), text)
                                                               : text;
}
inline std::string print(const Actions& actions) {
  std::string text;
  for (const Action& action : actions) text.append(text.empty() ? "" : "; ").append(print(action));
  return text.empty() ? "keep going" : text;
}

/// A poller with one lane: what it is told answers the one action that is under way.
class OneLanePoller {
 public:
  OneLanePoller(const PollerSettings& settings, Sequence done) : poller{settings, done} {}

  template <class What>
  Actions resume(TimePoint now, What what) {
    Actions actions = poller.resume(now, {lane_, std::move(what)});
    EXPECT_LE(actions.size(), 1U) << "one lane, one action";
    if (!actions.empty()) lane_ = actions.front().lane;
    return actions;
  }

  ShardPoller poller;

 private:
  LaneId lane_{LaneId::kReader};  // whose action is under way
};

class ShardPollerTest : public testing::Test {
 protected:
  /// What the poller answers to what came of its action, `later` after the event before it.
  template <class What>
  std::string after(What what, Duration later = Duration::zero()) {
    now_ += later;
    poller();
    actions_ = poller_->resume(now_, std::move(what));
    return print(actions_);
  }
  template <class Expected>
  [[nodiscard]] const Expected& last() const {
    return std::get<Expected>(actions_.front().what);
  }
  [[nodiscard]] std::string event_sent() const { return *last<Invoke>().event; }

  ShardPoller& poller() {
    if (!poller_) poller_.emplace(settings_, resume_after_);
    return poller_->poller;
  }

  PollerSettings settings_;  // changed by a test before its first event
  Sequence resume_after_{0};
  TimePoint now_{kStart};
  Actions actions_;

 private:
  std::optional<OneLanePoller> poller_;
};

}  // namespace millrace::esm
