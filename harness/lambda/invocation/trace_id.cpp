#include "harness/lambda/invocation/trace_id.hpp"

#include <fmt/format.h>

namespace millrace::lambda {

std::string make_trace_id(Random& random, TimePoint now) {
  const auto seconds = static_cast<std::uint32_t>(base::to_epoch_seconds(now));
  std::string root = base::make_hex(random, 24);
  return fmt::format("Root=1-{:08x}-{};Parent={};Sampled=0", seconds, root, base::make_hex(random, 16));
}

}  // namespace millrace::lambda
