// Every order in which changes, stops, ends of drivers and timers can come, up to a depth; and the orders that once
// went wrong, spelled out.
#include "harness/esm/driver/mapping_life.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace millrace::esm {
namespace {

using enum LifeAction;
using Wanted = MappingLife::Wanted;

/// A live mapping of which nothing is left but what it has to keep: performs actions, and says what they break.
class Performer {
 public:
  void change(Wanted wanted) {
    wanted_ = wanted;
    ++changes_;
    ++unheard_;
    perform(life_.changed());
  }
  void stop() {
    ++unstopped_;
    stop_asked_ = true;
    perform(life_.stop());
  }
  void end_driver() {
    driver_ = Driver::kNone;
    running_.reset();
    perform(life_.driver_stopped());
  }
  void end_patience() {
    patience_ = false;
    perform(life_.patience_over());
  }

  [[nodiscard]] bool driver_is_stopping() const { return driver_ == Driver::kStopping; }
  [[nodiscard]] bool patience_runs() const { return patience_; }
  [[nodiscard]] bool stop_asked() const { return stop_asked_; }

  /// What does not hold; empty is right. `at_rest`: everything that was under way has come to its end.
  [[nodiscard]] std::string broken(bool at_rest) const {
    if (!broken_.empty()) return broken_;
    if (unheard_ > 0 && !patience_ && driver_ != Driver::kStopping) return "a change is never answered";
    if (unstopped_ > 0 && driver_ != Driver::kStopping) return "a stop is never answered";
    if (!at_rest) return {};
    if (unheard_ > 0 || unstopped_ > 0) return "somebody still waits at rest";
    if (stop_asked_) return driver_ == Driver::kNone ? "" : "a driver runs after the stop";
    const bool delivers = wanted_ == Wanted::kDelivering;
    if (delivers != (driver_ == Driver::kRunning)) return "what runs is not what is wanted";
    if (delivers && running_ != changes_) return "the driver runs with an old definition";
    return {};
  }

 private:
  enum class Driver { kNone, kRunning, kStopping };

  void require(bool holds, const char* sentence) {
    if (!holds && broken_.empty()) broken_ = sentence;
  }
  void perform(const LifeActions& actions) {
    for (const LifeAction action : actions) perform(action);
  }
  void perform(LifeAction action) {
    switch (action) {
      case kStopDriver:
        require(driver_ == Driver::kRunning, "a driver is stopped that does not run");
        driver_ = Driver::kStopping;
        return;
      case kBeginPatience:
        require(!patience_, "the patience begins twice");
        patience_ = true;
        return;
      case kSettle:
        require(driver_ == Driver::kNone, "settled beside a driver");
        settled_ = changes_;
        return perform(life_.settled(wanted_));
      case kStartDriver:
        require(driver_ == Driver::kNone, "two drivers");
        require(!stop_asked_, "a driver begins after the stop");
        require(wanted_ == Wanted::kDelivering, "a driver begins that nobody wants");
        driver_ = Driver::kRunning;
        running_ = settled_;
        return;
      case kRest: return require(wanted_ == Wanted::kDisabled && driver_ == Driver::kNone, "rests wrongly");
      case kLeave: return require(wanted_ == Wanted::kDeleted && driver_ == Driver::kNone, "leaves wrongly");
      case kTellHeard:
        unheard_ = 0;
        patience_ = false;
        return;
      case kTellStopped:
        require(unstopped_ > 0, "a stop is answered that nobody asked for");
        require(driver_ == Driver::kNone, "the stop is answered beside a driver");
        unstopped_ = 0;
        return;
    }
  }

  MappingLife life_;
  Wanted wanted_{Wanted::kDeleted};
  Driver driver_{Driver::kNone};
  int changes_{0};
  int settled_{0};              // how many changes had been made when it was looked up what is wanted
  std::optional<int> running_;  // the same of the driver that runs
  int unheard_{0};
  int unstopped_{0};
  bool patience_{false};
  bool stop_asked_{false};
  std::string broken_;
};

struct Exploration {
  std::size_t histories{0};
  std::size_t stops_during_a_replacement{0};
  std::string failure;
};

/// Lets everything that is under way end, and looks at what is left.
std::string broken_at_rest(Performer world) {
  if (world.driver_is_stopping()) world.end_driver();
  if (world.patience_runs()) world.end_patience();
  return world.broken(true);
}

void explore(const Performer& world, const std::string& history, int depth, Exploration& found) {
  ++found.histories;
  std::string broken = world.broken(false);
  if (broken.empty()) broken = broken_at_rest(world);
  if (!broken.empty()) found.failure = history + ": " + broken;
  if (depth == 0 || !found.failure.empty()) return;
  const auto then = [&](const char* event, auto happen) {
    if (!found.failure.empty()) return;
    Performer next = world;
    happen(next);
    explore(next, history + " " + event, depth - 1, found);
  };
  then("update", [](Performer& next) { next.change(Wanted::kDelivering); });
  then("disable", [](Performer& next) { next.change(Wanted::kDisabled); });
  then("delete", [](Performer& next) { next.change(Wanted::kDeleted); });
  if (world.driver_is_stopping() && !world.stop_asked()) ++found.stops_during_a_replacement;
  then("stop", [](Performer& next) { next.stop(); });
  if (world.driver_is_stopping()) then("driver-stopped", [](Performer& next) { next.end_driver(); });
  if (world.patience_runs()) then("patience-over", [](Performer& next) { next.end_patience(); });
}

TEST(MappingLifeTest, HoldsInEveryOrderOfEvents) {
  constexpr int kDepth = 8;
  Exploration found;
  explore(Performer{}, "", kDepth, found);
  EXPECT_EQ(found.failure, "");
  EXPECT_GT(found.histories, 100'000U);
  EXPECT_GT(found.stops_during_a_replacement, 1'000U);
}

MappingLife delivering() {
  MappingLife life;
  EXPECT_EQ(life.changed(), LifeActions{kSettle});
  EXPECT_EQ(life.settled(Wanted::kDelivering), (LifeActions{kStartDriver, kTellHeard}));
  return life;
}

TEST(MappingLifeTest, AStopDuringAReplacementWaitsForTheDriverAndLetsNoneFollow) {
  MappingLife life = delivering();
  EXPECT_EQ(life.changed(), (LifeActions{kStopDriver, kBeginPatience}));
  EXPECT_EQ(life.stop(), LifeActions{});
  EXPECT_EQ(life.driver_stopped(), (LifeActions{kTellHeard, kTellStopped}));
  EXPECT_EQ(life.changed(), LifeActions{kTellHeard});
}

TEST(MappingLifeTest, ChangesDuringAReplacementAreSettledOnceAndAnsweredInTime) {
  MappingLife life = delivering();
  EXPECT_EQ(life.changed(), (LifeActions{kStopDriver, kBeginPatience}));
  EXPECT_EQ(life.changed(), LifeActions{});
  EXPECT_EQ(life.patience_over(), LifeActions{kTellHeard});
  EXPECT_EQ(life.changed(), LifeActions{kBeginPatience});
  EXPECT_EQ(life.driver_stopped(), LifeActions{kSettle});
  EXPECT_EQ(life.settled(Wanted::kDeleted), (LifeActions{kLeave, kTellHeard}));
}

TEST(MappingLifeTest, WithoutADriverAStopIsOverAtOnce) {
  MappingLife life;
  EXPECT_EQ(life.stop(), LifeActions{kTellStopped});
  EXPECT_EQ(life.stop(), LifeActions{kTellStopped});
  EXPECT_EQ(life.changed(), LifeActions{kTellHeard});
}

TEST(MappingLifeTest, RefusesEventsThatCannotHappen) {
  MappingLife life;
  EXPECT_THROW(life.driver_stopped(), std::logic_error);
  EXPECT_THROW(life.patience_over(), std::logic_error);
  EXPECT_THROW(life.settled(Wanted::kDeleted), std::logic_error);
  life.changed();
  EXPECT_THROW(life.changed(), std::logic_error);
  EXPECT_THROW(life.stop(), std::logic_error);
}

}  // namespace
}  // namespace millrace::esm
