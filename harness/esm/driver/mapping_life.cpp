#include "harness/esm/driver/mapping_life.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::esm {
namespace {

void expect(bool possible, std::string_view event) {
  if (!possible) throw std::logic_error(std::string{"mapping life: unexpected event "}.append(event));
}

}  // namespace

LifeActions MappingLife::changed() {
  expect(!settling_, "changed");
  if (stopping_) return {LifeAction::kTellHeard};  // the next process acts on it
  switch (driver_) {
    case Driver::kNone: settling_ = true; return {LifeAction::kSettle};
    case Driver::kRunning:
      driver_ = Driver::kStopping;
      patient_ = true;
      return {LifeAction::kStopDriver, LifeAction::kBeginPatience};
    case Driver::kStopping:
      if (std::exchange(patient_, true)) return {};
      return {LifeAction::kBeginPatience};
  }
  throw std::logic_error("unknown Driver");
}

LifeActions MappingLife::settled(Wanted wanted) {
  expect(settling_, "settled");
  settling_ = false;
  patient_ = false;
  switch (wanted) {
    case Wanted::kDelivering: driver_ = Driver::kRunning; return {LifeAction::kStartDriver, LifeAction::kTellHeard};
    case Wanted::kDisabled: return {LifeAction::kRest, LifeAction::kTellHeard};
    case Wanted::kDeleted: return {LifeAction::kLeave, LifeAction::kTellHeard};
  }
  throw std::logic_error("unknown Wanted");
}

LifeActions MappingLife::patience_over() {
  expect(patient_ && !settling_, "patience_over");
  patient_ = false;
  return {LifeAction::kTellHeard};
}

LifeActions MappingLife::driver_stopped() {
  expect(driver_ == Driver::kStopping && !settling_, "driver_stopped");
  driver_ = Driver::kNone;
  if (stopping_) {
    patient_ = false;
    return {LifeAction::kTellHeard, LifeAction::kTellStopped};
  }
  settling_ = true;
  return {LifeAction::kSettle};
}

LifeActions MappingLife::stop() {
  expect(!settling_, "stop");
  stopping_ = true;
  switch (driver_) {
    case Driver::kNone: return {LifeAction::kTellStopped};
    case Driver::kRunning: driver_ = Driver::kStopping; return {LifeAction::kStopDriver};
    case Driver::kStopping: return {};  // a change or an earlier stop has told it already
  }
  throw std::logic_error("unknown Driver");
}

}  // namespace millrace::esm
