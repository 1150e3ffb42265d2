// What `millrace serve` and `up` tell people when they start: where it listens, where the data is.
#pragma once

#include <cstdint>
#include <string>

#include "harness/cli/serve.hpp"

namespace millrace::cli {

/// Two lines. `port` and `runtime_api_port` are those that were bound.
std::string startup_notice(const ServeOptions& options, std::uint16_t port, std::uint16_t runtime_api_port);

}  // namespace millrace::cli
