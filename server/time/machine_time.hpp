// Real time, on the machine's clock.
#pragma once

#include <memory>
#include <optional>

#include "server/time/alarmed_time.hpp"
#include "server/time/machine_clock.hpp"
#include "server/time/real_time.hpp"

namespace millrace::time {

/// Threads: see AlarmedTime.
class MachineTime final : public AlarmedTime<RealTime> {
 public:
  explicit MachineTime(std::unique_ptr<Alarm> alarm) : AlarmedTime{std::move(alarm)} {}

  [[nodiscard]] TimePoint now() const override { return TimePoint{machine_clock()}; }

 private:
  [[nodiscard]] std::optional<Duration> time_until(TimePoint when) const override { return when - now(); }
};

}  // namespace millrace::time
