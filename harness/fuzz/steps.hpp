// Counted work. Code compiled with -fsanitize-coverage=trace-pc calls us at every basic block it enters: a measure of
// work that is the same on every machine at every time. What the C library does inside one call (memcpy, memmem) counts
// as one.
#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace::fuzz {

/// Basic blocks that counted code has entered so far.
std::uint64_t steps_so_far();

/// What a target may do with an input of `bytes` bytes: its oracle makes a world and looks at all of it several times,
/// and the input costs so many steps a byte at most. What is quadratic exceeds it from some thousand bytes on.
constexpr std::uint64_t step_budget(std::size_t bytes) { return 1'000'000 + 1'000 * std::uint64_t{bytes}; }

/// The steps that `work` takes.
template <class Work>
std::uint64_t steps_of(const Work& work) {
  const std::uint64_t before = steps_so_far();
  work();
  return steps_so_far() - before;
}

}  // namespace millrace::fuzz
