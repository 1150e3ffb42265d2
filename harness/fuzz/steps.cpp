#include "harness/fuzz/steps.hpp"

namespace {
thread_local std::uint64_t steps = 0;
}

// The compiler's name for it.
extern "C" void __sanitizer_cov_trace_pc();              // NOLINT(bugprone-reserved-identifier)
extern "C" void __sanitizer_cov_trace_pc() { ++steps; }  // NOLINT(bugprone-reserved-identifier)

namespace millrace::fuzz {

std::uint64_t steps_so_far() { return steps; }

}  // namespace millrace::fuzz
