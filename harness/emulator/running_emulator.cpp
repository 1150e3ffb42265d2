#include "harness/emulator/running_emulator.hpp"

#include <utility>

namespace millrace::emulator {

RunningEmulator::RunningEmulator(const EmulatorOptions& options, handler::HandlerCatalog handlers)
    : emulator_{options, std::move(handlers)}, thread_{[this] {
        try {
          emulator_.run();
        } catch (...) {
          failure_ = std::current_exception();
        }
      }} {}

RunningEmulator::~RunningEmulator() {
  emulator_.stop();
  if (thread_.joinable()) thread_.join();
}

void RunningEmulator::wait() {
  thread_.join();
  if (failure_) std::rethrow_exception(failure_);
}

}  // namespace millrace::emulator
