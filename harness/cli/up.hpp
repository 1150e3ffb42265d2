// `millrace up`: the walkthrough, told on one screen. Serves in this process, replays a fixture against itself through
// the public API, and shows what the function was given and returned.
#pragma once

#include <string>

#include "harness/emulator/emulator_options.hpp"

namespace millrace::cli {

struct UpOptions {
  emulator::EmulatorOptions emulator;
  std::string fixture{"fixtures/orders"};
  bool every_event{false};            ///< show all records and all events in full, however many lines that takes
  bool stay{false};                   ///< serve on until SIGTERM or SIGINT, showing each record that comes
  std::string called_as{"millrace"};  ///< what the user typed before `up`, for the commands to try next
};

/// Returns the process's exit status: 0 when every change reached the function, 130 when it was interrupted. Throws
/// std::runtime_error with a sentence for the user when it cannot begin or go on.
int up(const UpOptions& options);

}  // namespace millrace::cli
