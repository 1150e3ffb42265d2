// What every fuzz target uses: the entry point that libFuzzer and replay_main.cpp call, and a check that ends the
// process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>

/// One run over one input. An oracle that fails calls fuzz::require(false, …); the return value is always 0.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace millrace::fuzz {

/// Ends the process when the oracle does not hold, so that a fuzzer keeps the input. Active in every build type.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "oracle failed: %s\n", what);
  std::abort();
}

}  // namespace millrace::fuzz
