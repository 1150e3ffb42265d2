#include "harness/emulator/addresses.hpp"

#include <limits>

namespace millrace::emulator {
namespace {

constexpr std::uint16_t kRuntimeApiDistance = 1001;

}  // namespace

std::string reachable_host(const std::string& host) {
  if (host == "0.0.0.0") return "127.0.0.1";
  if (host == "::" || host == "[::]") return "[::1]";
  const bool is_bare_ipv6 = host.find(':') != std::string::npos && !host.starts_with('[');
  return is_bare_ipv6 ? "[" + host + "]" : host;
}

std::uint16_t default_runtime_api_port(std::uint16_t port) {
  if (port == 0 || port > std::numeric_limits<std::uint16_t>::max() - kRuntimeApiDistance) return 0;
  return static_cast<std::uint16_t>(port + kRuntimeApiDistance);
}

}  // namespace millrace::emulator
