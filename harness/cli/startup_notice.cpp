#include "harness/cli/startup_notice.hpp"

#include <fmt/format.h>

#include "harness/emulator/addresses.hpp"

namespace millrace::cli {

std::string startup_notice(const ServeOptions& options, std::uint16_t port, std::uint16_t runtime_api_port) {
  const emulator::EmulatorOptions& asked = options.emulator;
  const std::string& runtime_api_host = asked.runtime_api_host.empty() ? asked.host : asked.runtime_api_host;
  const bool everywhere = asked.host == "0.0.0.0" || asked.host == "::" || asked.host == "[::]";
  return fmt::format(
      "Millrace {}: DynamoDB, Streams and Lambda at http://{}:{}{}; Runtime API at {}:{}\n"
      "Data: {}. Log: standard error, from level {}\n",
      MILLRACE_VERSION, emulator::reachable_host(asked.host), port, everywhere ? " and on every other address" : "",
      emulator::reachable_host(runtime_api_host), runtime_api_port,
      asked.db_path ? *asked.db_path : "in memory, gone when it stops (--db-path FILE keeps it)", options.log_level);
}

}  // namespace millrace::cli
