#include "harness/esm/source/poller_settings.hpp"

#include <algorithm>

namespace millrace::esm {

Duration BackOff::after(std::uint32_t failures) const {
  constexpr std::uint32_t kMaxDoublings = 20;  // enough for any cap, and no initial wait overflows
  const std::uint32_t doublings = std::min(failures == 0 ? 0 : failures - 1, kMaxDoublings);
  return std::min(cap, initial * (std::int64_t{1} << doublings));
}

}  // namespace millrace::esm
