#include "harness/cli/serve.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>

#include "harness/cli/emulator.hpp"
#include "harness/cli/startup_notice.hpp"

namespace millrace::cli {

int serve(const ServeOptions& options) {
  Emulator emulator{options};
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
