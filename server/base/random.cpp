#include "server/base/random.hpp"

#include <string_view>

namespace millrace::base {

std::uint64_t Random::next() {
  const std::scoped_lock lock{mutex_};
  return engine_();
}

std::uint64_t Random::below(std::uint64_t bound) {
  const std::scoped_lock lock{mutex_};
  return std::uniform_int_distribution<std::uint64_t>{0, bound - 1}(engine_);
}

std::uint64_t nondeterministic_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

std::string make_hex(Random& random, int digits) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(static_cast<std::size_t>(digits));
  std::uint64_t bits = 0;
  for (int at = 0; at < digits; ++at) {
    if (at % 16 == 0) bits = random.next();
    text.push_back(kDigits[bits & 0xFU]);
    bits >>= 4U;
  }
  return text;
}

std::string make_uuid(Random& random) {
  std::string hex = make_hex(random, 32);
  hex[12] = '4';
  hex[16] = "89ab"[static_cast<unsigned char>(hex[16]) % 4];
  return hex.substr(0, 8) + '-' + hex.substr(8, 4) + '-' + hex.substr(12, 4) + '-' + hex.substr(16, 4) + '-' +
         hex.substr(20);
}

}  // namespace millrace::base
