// What `millrace serve` and `up` tell people when they start: where it listens, where the data is.
#pragma once

#include <cstdint>
#include <string>

#include "harness/cli/serve.hpp"

namespace millrace::cli {

/// The host that programs on this machine reach a server at that listens on `host`: a wildcard address is none.
/// In brackets when it is an IPv6 address.
std::string reachable_host(const std::string& host);

/// Two lines. `port` and `runtime_api_port` are those that were bound.
std::string startup_notice(const ServeOptions& options, std::uint16_t port, std::uint16_t runtime_api_port);

}  // namespace millrace::cli
