// The counters of one mapping, written by its driver and read by everybody.
#pragma once

#include <mutex>

#include "harness/esm/driver/mapping_report.hpp"

namespace millrace::esm {

/// Any thread.
class StatisticsBoard {
 public:
  [[nodiscard]] MappingStatistics read() const {
    const std::scoped_lock lock{mutex_};
    return statistics_;
  }

  /// Calls `change` with the counters. It must be short and must not call back.
  template <class Change>
  void update(Change change) {
    const std::scoped_lock lock{mutex_};
    change(statistics_);
  }

 private:
  mutable std::mutex mutex_;
  MappingStatistics statistics_;
};

}  // namespace millrace::esm
