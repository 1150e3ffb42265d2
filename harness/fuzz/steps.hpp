// Counted work. Code compiled with -fsanitize-coverage=trace-pc calls us at every basic block it enters: a measure of
// work that is the same on every machine at every time. What the C library does inside one call (memcpy, memmem) counts
// as one.
#pragma once

#include <cstdint>

namespace millrace::fuzz {

/// Basic blocks that counted code has entered so far.
std::uint64_t steps_so_far();

/// The steps that `work` takes.
template <class Work>
std::uint64_t steps_of(const Work& work) {
  const std::uint64_t before = steps_so_far();
  work();
  return steps_so_far() - before;
}

}  // namespace millrace::fuzz
