#include "harness/fuzz/steps.hpp"

namespace {
thread_local std::uint64_t steps = 0;
}

// What the linker puts in the place of the compiler's __sanitizer_cov_trace_pc: libFuzzer has one too, which refuses.
extern "C" void __wrap___sanitizer_cov_trace_pc();              // NOLINT(bugprone-reserved-identifier)
extern "C" void __wrap___sanitizer_cov_trace_pc() { ++steps; }  // NOLINT(bugprone-reserved-identifier)

namespace millrace::fuzz {

std::uint64_t steps_so_far() { return steps; }

}  // namespace millrace::fuzz
