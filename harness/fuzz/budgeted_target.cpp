// The entry point of every fuzz target: an input that costs more steps than its bytes may ends the process, while it is
// fuzzed as when it is replayed.
#include "harness/fuzz/fuzz_target.hpp"
#include "harness/fuzz/steps.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::uint64_t steps = millrace::fuzz::steps_of([&] { millrace::fuzz::try_input(data, size); });
  const std::uint64_t budget = millrace::fuzz::step_budget(size);
  if (steps > budget) {
    std::fprintf(stderr, "%zu bytes took %llu steps, of %llu that they may\n", size,
                 static_cast<unsigned long long>(steps), static_cast<unsigned long long>(budget));
  }
  millrace::fuzz::require(steps <= budget, "the work is linear in the input");
  return 0;
}
