// How records lie in a row: all that one transaction appended to one log follow each other in one BLOB, a block. A
// group of writes then costs one insertion for each log instead of one for each record.
//
// A record is its sequence (8 bytes), its creation time in microseconds (8), the length of its payload (4), all
// big-endian, and the payload.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "server/storage/storage.hpp"

namespace millrace::storage::sqlite {

/// A block that has grown to this many bytes is written, and the transaction goes on with another one: reading a single
/// record reads its whole block.
inline constexpr std::size_t kFullBlockBytes = std::size_t{64} * 1024;

/// Adds `record` at the end of `block`. Its payload must be shorter than 4 GiB; a record is never above 1 MB.
void append_to_block(std::string& block, const RecordView& record);

/// Walks over a block; shares its bytes, which must live as long.
class BlockReader {
 public:
  explicit BlockReader(std::string_view block) : rest_{block} {}

  /// The next record, or nothing at the end. Error kCorrupt: the bytes are no block.
  StorageResult<std::optional<RecordView>> next();

  /// The bytes of the records that next() has not returned yet: a block as well.
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace millrace::storage::sqlite
