// Flags of `millrace serve` that come in groups: keys, streams, and the servers beside it.
#pragma once

#include <CLI/CLI.hpp>

#include "harness/emulator/emulator_options.hpp"

namespace millrace::cli {

/// `--auth sigv4` and the keys, which are of no use without each other. `options` outlives the parsing.
void add_authentication(CLI::App& serve, emulator::EmulatorOptions& options);

/// How many shards a stream begins with, and when they give way to others. Likewise.
void add_streams(CLI::App& serve, emulator::EmulatorOptions& options);

/// Servers that stand for other services of AWS, and with what they are asked. Likewise.
void add_other_services(CLI::App& serve, emulator::EmulatorOptions& options);

}  // namespace millrace::cli
