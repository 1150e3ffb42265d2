// The checksum that rows, blocks and documents of a file carry: what is read is what was written, or an error. A
// database in memory has none: nothing but this process writes there.
//
// CRC-32 over the values that belong together, numbers as 8 bytes, big-endian. Hardware computes it: some 50 ns for an
// item of the benchmark.
#pragma once

#include <cstdint>
#include <string_view>

#include "server/base/storage_error.hpp"

namespace millrace::storage::sqlite {

class Checksum {
 public:
  Checksum& add(std::string_view bytes);
  Checksum& add(std::int64_t value);

  /// As it is stored.
  [[nodiscard]] std::int64_t value() const { return crc_; }

 private:
  std::uint32_t crc_{0};
};

/// What reading something with another checksum than it was written with is answered with.
[[nodiscard]] StorageError wrong_checksum();

}  // namespace millrace::storage::sqlite
