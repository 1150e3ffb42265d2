// What a mapping is doing, as those see it who wait for it: a drain, and a clock that is being advanced.
#pragma once

#include <cstdint>

namespace millrace::esm {

enum class Activity : std::uint8_t {
  kBusy,     ///< something is under way: a read, an invocation, a checkpoint, a look at the shards
  kWaiting,  ///< not caught up, and nothing is under way: it waits for a time to come, or for somebody else
  kIdle      ///< caught up: every record there was is delivered or discarded and saved, and nothing is under way
};

}  // namespace millrace::esm
