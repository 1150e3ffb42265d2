// The trace header of an invocation whose caller sent none: the Runtime API always names one.
#pragma once

#include <string>

#include "server/base/clock.hpp"
#include "server/base/random.hpp"

namespace millrace::lambda {

/// `Root=1-<seconds>-<24 digits>;Parent=<16 digits>;Sampled=0`, of a trace that begins at `now` and that nobody
/// records.
std::string make_trace_id(Random& random, TimePoint now);

}  // namespace millrace::lambda
