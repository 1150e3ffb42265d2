#include "server/storage/sqlite/tables/record_block.hpp"

#include <array>
#include <cstdint>

#include "server/base/big_endian.hpp"

namespace millrace::storage::sqlite {
namespace {

// Where the fields of a record's head stand.
constexpr std::size_t kCreated = sizeof(std::uint64_t);
constexpr std::size_t kLength = kCreated + sizeof(std::uint64_t);
constexpr std::size_t kHeadBytes = kLength + sizeof(std::uint32_t);

StorageError damaged() { return {StorageErrorKind::kCorrupt, "a block of stream records is damaged"}; }

}  // namespace

void append_to_block(std::string& block, const RecordView& record) {
  std::array<char, kHeadBytes> head{};
  base::write_big_endian(head.data(), std::uint64_t{record.sequence});
  base::write_big_endian(head.data() + kCreated, static_cast<std::uint64_t>(record.created.time_since_epoch().count()));
  base::write_big_endian(head.data() + kLength, static_cast<std::uint32_t>(record.payload.size()));
  block.append(head.data(), head.size()).append(record.payload);
}

StorageResult<std::optional<RecordView>> BlockReader::next() {
  if (rest_.empty()) return std::optional<RecordView>{};
  if (rest_.size() < kHeadBytes) return damaged();
  const char* const head = rest_.data();
  const auto length = base::read_big_endian<std::uint32_t>(head + kLength);
  rest_.remove_prefix(kHeadBytes);
  if (rest_.size() < length) return damaged();
  const auto created = static_cast<std::int64_t>(base::read_big_endian<std::uint64_t>(head + kCreated));
  const RecordView record{base::read_big_endian<std::uint64_t>(head), TimePoint{Duration{created}},
                          rest_.substr(0, length)};
  rest_.remove_prefix(length);
  return std::optional{record};
}

}  // namespace millrace::storage::sqlite
