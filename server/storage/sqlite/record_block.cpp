#include "server/storage/sqlite/record_block.hpp"

#include <array>
#include <concepts>
#include <cstdint>

namespace millrace::storage::sqlite {
namespace {

constexpr std::size_t kHeadBytes = sizeof(std::uint64_t) + sizeof(std::uint64_t) + sizeof(std::uint32_t);

template <std::unsigned_integral Integer>
char* write_big_endian(char* at, Integer value) {
  for (std::size_t byte = sizeof(Integer); byte > 0; --byte) {
    *at++ = static_cast<char>(static_cast<unsigned char>(value >> ((byte - 1) * 8)));
  }
  return at;
}

template <std::unsigned_integral Integer>
Integer take_big_endian(std::string_view& bytes) {
  Integer value = 0;
  for (std::size_t byte = 0; byte < sizeof(Integer); ++byte) {
    value = static_cast<Integer>((value << 8U) | static_cast<unsigned char>(bytes[byte]));
  }
  bytes.remove_prefix(sizeof(Integer));
  return value;
}

StorageError damaged() { return {StorageErrorKind::kCorrupt, "a block of stream records is damaged"}; }

}  // namespace

void append_to_block(std::string& block, const RecordView& record) {
  std::array<char, kHeadBytes> head{};
  char* at = write_big_endian(head.data(), std::uint64_t{record.sequence});
  at = write_big_endian(at, static_cast<std::uint64_t>(record.created.time_since_epoch().count()));
  write_big_endian(at, static_cast<std::uint32_t>(record.payload.size()));
  block.append(head.data(), head.size()).append(record.payload);
}

StorageResult<std::optional<RecordView>> BlockReader::next() {
  if (rest_.empty()) return std::optional<RecordView>{};
  if (rest_.size() < kHeadBytes) return damaged();
  const auto sequence = take_big_endian<std::uint64_t>(rest_);
  const auto created = static_cast<std::int64_t>(take_big_endian<std::uint64_t>(rest_));
  const auto length = take_big_endian<std::uint32_t>(rest_);
  if (rest_.size() < length) return damaged();
  const RecordView record{sequence, TimePoint{Duration{created}}, rest_.substr(0, length)};
  rest_.remove_prefix(length);
  return std::optional{record};
}

}  // namespace millrace::storage::sqlite
