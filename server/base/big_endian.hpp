// Numbers as bytes, the highest first: in keys, whose bytes must compare as the numbers do, and in what is stored.
#pragma once

#include <concepts>
#include <cstddef>

namespace millrace::base {

/// Writes sizeof(Integer) bytes to `out`.
template <std::unsigned_integral Integer>
void write_big_endian(char* out, Integer value) {
  for (std::size_t at = 0; at < sizeof(Integer); ++at) {
    out[at] = static_cast<char>(static_cast<unsigned char>(value >> (8 * (sizeof(Integer) - 1 - at))));
  }
}

/// Reads sizeof(Integer) bytes.
template <std::unsigned_integral Integer>
Integer read_big_endian(const char* bytes) {
  Integer value = 0;
  for (std::size_t at = 0; at < sizeof(Integer); ++at) {
    value = static_cast<Integer>((value << 8U) | static_cast<unsigned char>(bytes[at]));
  }
  return value;
}

}  // namespace millrace::base
