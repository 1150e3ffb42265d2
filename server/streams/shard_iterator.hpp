// The text of a shard iterator: `<streamArn>|1|<base64>`. It carries everything GetRecords needs, so the server keeps
// no state per iterator and a reused one reads the same records again (reference, 1.6 and 1.7).
#pragma once

#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::streams {

inline constexpr Duration kIteratorLifetime = std::chrono::minutes{15};

struct ShardIterator {
  std::string stream_arn;
  std::string shard_id;
  Sequence after{0};  ///< the next record is the first one with a greater sequence
  TimePoint created{};

  friend bool operator==(const ShardIterator&, const ShardIterator&) = default;
};

std::string to_text(const ShardIterator& iterator);

/// Errors: ValidationException `Invalid ShardIterator` for any text to_text() cannot have written.
Result<ShardIterator> parse_shard_iterator(std::string_view text);

/// Errors: ExpiredIteratorException when the iterator is older than kIteratorLifetime.
Result<void> check_not_expired(const ShardIterator& iterator, TimePoint now);

}  // namespace millrace::streams
