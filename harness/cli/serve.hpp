// `millrace serve`, and the settings of a server.
#pragma once

#include <optional>
#include <string>

#include "harness/emulator/emulator_options.hpp"

namespace millrace::cli {

struct ServeOptions {
  emulator::EmulatorOptions emulator;
  std::string log_level{"info"};           ///< of the log on standard error, as spdlog names it
  std::optional<std::string> faults_path;  ///< of a fault plan (harness/admin/fault_request.hpp), read at the start
};

/// Serves until SIGTERM or SIGINT. Prints the ready line on standard output, and two lines for people on standard error
/// unless the log level asks for less. Returns the process's exit status; throws what start_problem() puts into words.
int serve(const ServeOptions& options);

}  // namespace millrace::cli
