// An emulator with a thread of its own: for tests, and for programs that do something else meanwhile.
#pragma once

#include <exception>
#include <thread>

#include "handler/in_process.hpp"
#include "harness/emulator/emulator.hpp"

namespace millrace::emulator {

class RunningEmulator {
 public:
  /// Serves when it returns. Throws as the constructor of Emulator.
  explicit RunningEmulator(const EmulatorOptions& options,
                           handler::HandlerCatalog handlers = handler::built_in_handlers());
  /// Stops it, and waits until it has stopped.
  ~RunningEmulator();
  RunningEmulator(const RunningEmulator&) = delete;
  RunningEmulator& operator=(const RunningEmulator&) = delete;

  [[nodiscard]] Emulator& emulator() { return emulator_; }
  /// Waits until somebody has stopped the emulator. Throws what escaped from run(). Once, from the thread of the owner.
  void wait();

 private:
  Emulator emulator_;
  std::exception_ptr failure_;
  std::thread thread_;
};

}  // namespace millrace::emulator
