// Where a Millrace is to be found.
#pragma once

#include <cstdint>
#include <string>

namespace millrace::emulator {

/// The host that programs on this machine reach a server at that listens on `host`: a wildcard address is none.
/// In brackets when it is an IPv6 address.
std::string reachable_host(const std::string& host);

/// The port of the Runtime API when none is given: 9001 beside 8000, else as far away from `port`, so that servers on
/// other ports do not meet there; 0, any free one, beside 0 and where there is no such port.
std::uint16_t default_runtime_api_port(std::uint16_t port);

}  // namespace millrace::emulator
