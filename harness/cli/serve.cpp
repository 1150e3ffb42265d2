#include "harness/cli/serve.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

#include "harness/cli/emulator.hpp"

namespace millrace::cli {

int serve(const ServeOptions& options) {
  Emulator emulator{options};
  // For scripts: the ports are bound, so whoever reads this line may connect.
  fmt::print("{{\"event\":\"ready\",\"port\":{},\"runtimeApiPort\":{},\"pid\":{}}}\n", emulator.port(),
             emulator.runtime_api_port(), getpid());
  std::fflush(stdout);
  emulator.run();
  return 0;
}

}  // namespace millrace::cli
