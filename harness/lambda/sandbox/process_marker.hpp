// Finds the processes that functions have left behind: whatever leaves its process group and outlives its parent still
// carries the environment variables it was started with. Linux: /proc.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::lambda {

/// `MILLRACE_ENVIRONMENT=<this program>.<number>`, for the variables of a process: names it and all that it starts.
class ProcessMarker {
 public:
  explicit ProcessMarker(std::uint64_t number);
  [[nodiscard]] const std::string& variable() const { return variable_; }

  /// Kills every process of this user that carries the marker. Looks through all processes of the machine, which takes
  /// some microseconds each. A process that has replaced its variables is not found.
  void kill_all() const;

 private:
  std::string variable_;
};

/// Kills what earlier runs of this program have left behind when they were killed themselves: every process of this
/// user that carries the marker of a program that is gone. Returns how many there were. Once, at the start.
int kill_leftovers();

}  // namespace millrace::lambda
