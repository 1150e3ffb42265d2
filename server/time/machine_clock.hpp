// The machine's clock: the only place that reads it. Part of this folder; others take a RealTime or a Clock.
#pragma once

#include "server/base/clock.hpp"

namespace millrace::time {

/// Since the Unix epoch, UTC. Never goes backwards between two calls of one thread, whatever is done to the clock.
Duration machine_clock();

}  // namespace millrace::time
