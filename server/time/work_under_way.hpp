// What has begun and has not ended of the work that emulated time sets off: while there is any, a clock that is being
// advanced does not take its next step.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace millrace::time {

enum class Work : std::uint8_t {
  kTimers,   ///< a round of timers that fires
  kCommit,   ///< a group of writes, until those who wait for it have been told
  kJob,      ///< a step of a job
  kMapping,  ///< an event source mapping that reads, invokes its function or writes a checkpoint
  kEvent     ///< an attempt at an invocation of type Event
};
inline constexpr std::size_t kKindsOfWork = 5;

/// Counted, not listed: a begin() and an end() cost two additions each. Work may begin on any thread; all else happens
/// on that of the timers.
class WorkUnderWay {
 public:
  WorkUnderWay() = default;
  WorkUnderWay(const WorkUnderWay&) = delete;
  WorkUnderWay& operator=(const WorkUnderWay&) = delete;

  /// What `kind` of work follows from this one begins before this one ends: then none() is true only when all of it
  /// has come to rest.
  void begin(Work kind);
  /// Once for each begin().
  void end(Work kind);

  [[nodiscard]] bool none() const { return total_ == 0; }
  /// Calls `settled` once, when nothing is under way: perhaps at once, from within this call, otherwise from within the
  /// end() of the last. It must only pass the news on. One waits at a time: a second call replaces the first.
  void when_none(std::function<void()> settled);

  /// What is under way, in words: `a commit, 2 invocations of type Event`; empty when nothing is.
  [[nodiscard]] std::string describe() const;

 private:
  void tell();

  std::array<std::atomic<std::uint32_t>, kKindsOfWork> counts_{};
  std::atomic<std::uint32_t> total_{0};
  std::function<void()> settled_;  ///< of when_none(), until it is called
};

/// Work that ends with a scope.
class WorkScope {
 public:
  WorkScope(WorkUnderWay& work, Work kind) : WorkScope{&work, kind} { work.begin(kind); }
  /// Of work that was begun somewhere else.
  static WorkScope ending(WorkUnderWay& work, Work kind) { return {&work, kind}; }
  WorkScope(WorkScope&& other) noexcept : work_{other.work_}, kind_{other.kind_} { other.work_ = nullptr; }
  WorkScope(const WorkScope&) = delete;
  WorkScope& operator=(const WorkScope&) = delete;
  WorkScope& operator=(WorkScope&&) = delete;
  ~WorkScope() {
    if (work_ != nullptr) work_->end(kind_);
  }

 private:
  WorkScope(WorkUnderWay* work, Work kind) : work_{work}, kind_{kind} {}

  WorkUnderWay* work_;
  Work kind_;
};

}  // namespace millrace::time
