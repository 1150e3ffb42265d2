#include "harness/cli/serve.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "harness/cli/path_problem.hpp"
#include "harness/cli/startup_notice.hpp"
#include "harness/cli/stop_signals.hpp"
#include "harness/emulator/emulator.hpp"

namespace millrace::cli {

int serve(const ServeOptions& options) {
  if (options.emulator.db_path) {
    if (const auto problem = problem_with_database_file(*options.emulator.db_path)) {
      throw std::runtime_error("--db-path: " + *problem);
    }
  }
  StopSignals signals;
  emulator::Emulator emulator{options.emulator};
  const StopOnSignal stop_on_signal{signals, [&emulator] { emulator.stop(); }};
  if (spdlog::should_log(spdlog::level::info)) {
    fmt::print(stderr, "{}", startup_notice(options, emulator.port(), emulator.runtime_api_port()));
  }
  // For scripts: the ports are bound, so whoever reads this line may connect.
  fmt::print("{{\"event\":\"ready\",\"port\":{},\"runtimeApiPort\":{},\"pid\":{}}}\n", emulator.port(),
             emulator.runtime_api_port(), getpid());
  std::fflush(stdout);
  emulator.run();
  return 0;
}

}  // namespace millrace::cli
