#include "harness/cli/serve.hpp"

#include <fmt/format.h>
#include <malloc.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

#include "harness/admin/fault_request.hpp"
#include "harness/cli/problems/path_problem.hpp"
#include "harness/cli/startup_notice.hpp"
#include "harness/cli/stop_signals.hpp"
#include "harness/emulator/emulator.hpp"

namespace millrace::cli {

namespace {

base::FaultSettings read_fault_plan(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  if (!file) throw std::runtime_error(fmt::format("--faults: the file {} cannot be read", path));
  auto plan = admin::parse_fault_plan(text);
  if (plan.has_error()) throw std::runtime_error(fmt::format("--faults {}: {}", path, plan.error().message));
  return *std::move(plan);
}

/// The C library gives every buffer of more than 128 KB back to the system at once, and takes cleared pages for the
/// next. Batches, and answers, of a megabyte come one after the other: that was a third of what a record cost on its
/// way through a mapping. So up to 32 MB stay.
void keep_large_buffers() {
  mallopt(M_MMAP_THRESHOLD, 16 << 20);
  mallopt(M_TRIM_THRESHOLD, 32 << 20);
}

}  // namespace

int serve(const ServeOptions& options) {
  if (options.emulator.db_path) {
    if (const auto problem = problem_with_database_file(*options.emulator.db_path)) {
      throw std::runtime_error("--db-path: " + *problem);
    }
  }
  keep_large_buffers();
  emulator::EmulatorOptions told = options.emulator;
  if (options.faults_path) told.faults = read_fault_plan(*options.faults_path);
  StopSignals signals;
  emulator::Emulator emulator{told};
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
