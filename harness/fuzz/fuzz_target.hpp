// What every fuzz target has and uses: its one function, and a check that ends the process. budgeted_target.cpp makes
// of it the entry point that libFuzzer and replay_main.cpp call.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// Tries one input within its budget of steps (steps.hpp). The return value is always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace millrace::fuzz {

/// One run over one input, each target's own. An oracle that fails calls require(false, …).
void try_input(const std::uint8_t* data, std::size_t size);

/// Ends the process when the oracle does not hold, so that a fuzzer keeps the input. Active in every build type.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "oracle failed: %s\n", what);
  std::abort();
}

}  // namespace millrace::fuzz
