// How much memory a function's process and what it has started take up. Linux: /proc.
#pragma once

#include <cstdint>

namespace millrace::lambda {

/// Bytes of memory of its own (what is resident or swapped out, without mapped files) that the process and its
/// descendants hold together. 0 when it is gone.
std::int64_t memory_of_process_tree(int pid);

}  // namespace millrace::lambda
