#include "server/storage/sqlite/database/checksum.hpp"

#include <libdeflate.h>

#include <array>

#include "server/base/big_endian.hpp"

namespace millrace::storage::sqlite {

Checksum& Checksum::add(std::string_view bytes) {
  if (!bytes.empty()) crc_ = libdeflate_crc32(crc_, bytes.data(), bytes.size());
  return *this;
}

Checksum& Checksum::add(std::int64_t value) {
  std::array<char, sizeof value> bytes{};
  base::write_big_endian(bytes.data(), static_cast<std::uint64_t>(value));
  return add(std::string_view{bytes.data(), bytes.size()});
}

StorageError wrong_checksum() { return {StorageErrorKind::kCorrupt, "what is read is not what was written"}; }

}  // namespace millrace::storage::sqlite
