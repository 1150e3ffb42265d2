#include "harness/cli/startup_notice.hpp"

#include <fmt/format.h>

namespace millrace::cli {

std::string reachable_host(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::" || host == "[::]") return "[::1]";
  const bool is_bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return is_bare_ipv6 ? "[" + host + "]" : host;
}

std::string startup_notice(const ServeOptions& options, std::uint16_t port, std::uint16_t runtime_api_port) {
  const std::string& runtime_api_host = options.runtime_api_host.empty() ? options.host : options.runtime_api_host;
  const bool everywhere = options.host == "0.0.0.0" || options.host == "::" || options.host == "[::]";
  return fmt::format(
      "Millrace {}: DynamoDB, Streams and Lambda at http://{}:{}{}; Runtime API at {}:{}\n"
      "Data: {}. Log: standard error, from level {}\n",
      MILLRACE_VERSION, reachable_host(options.host), port, everywhere ? " and on every other address" : "",
      reachable_host(runtime_api_host), runtime_api_port,
      options.db_path ? *options.db_path : "in memory, gone when it stops (--db-path FILE keeps it)",
      options.log_level);
}

}  // namespace millrace::cli
