// Chance comes in from outside, so a run can be repeated from its seed.
#pragma once

#include <cstdint>
#include <mutex>
#include <random>
#include <string>

namespace millrace::base {

/// A seeded source of pseudo-random numbers. May be called from any thread.
class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_{seed} {}

  /// Uniform over all 64-bit values.
  std::uint64_t next();
  /// Uniform over [0, bound); `bound` must be positive.
  std::uint64_t below(std::uint64_t bound);

 private:
  std::mutex mutex_;
  std::mt19937_64 engine_;
};

/// A seed from the operating system, for runs that did not ask for one.
std::uint64_t nondeterministic_seed();

/// Lower-case UUID, version 4: table ids, mapping UUIDs, Lambda request ids.
std::string make_uuid(Random& random);
/// `digits` lower-case hexadecimal digits: event ids, shard id suffixes.
std::string make_hex(Random& random, int digits);

}  // namespace millrace::base

namespace millrace {
using base::Random;
}  // namespace millrace
