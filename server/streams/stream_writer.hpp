// From a changed item to a record in the right shard. The write path calls it inside its transaction, so that the item
// and its record are committed together or not at all.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/random.hpp"
#include "server/storage/group_commit.hpp"
#include "server/streams/record/record_payload.hpp"
#include "server/streams/stream_descriptor.hpp"

namespace millrace::streams {

/// A write as the write path knows it. JSON texts are canonical stored items; absent ones are empty. Sizes are
/// model::size_of(), and matter only where the text is present.
struct ItemChange {
  std::uint32_t partition_hash{0};  ///< storage::partition_hash() of the row key
  std::string_view keys_json;       ///< the key attributes alone
  std::size_t keys_size{0};
  std::string_view old_item_json;  ///< empty when the item did not exist
  std::size_t old_item_size{0};
  std::string_view new_item_json;  ///< empty when the item is deleted
  std::size_t new_item_size{0};
  ChangeCause cause{ChangeCause::kRequest};
};

/// Keeps one buffer over all changes. Threads: only inside a write entry of `gate`.
class StreamWriter {
 public:
  /// Both outlive the writer. `random` makes event ids.
  StreamWriter(storage::GroupCommit& gate, Random& random) : gate_{gate}, random_{random} {}

  /// Appends the record of `change` to the shard of `stream` that covers it, and touches its log at the gate. INSERT,
  /// MODIFY or REMOVE follows from which items are there; the images follow from the stream's view type. A change that
  /// changes nothing (same text on both sides, or neither) makes no record and returns empty (reference, 1.10).
  /// The stream must have open shards: a disabled stream is not written to.
  StorageResult<std::optional<Sequence>> append_change(const StreamDescriptor& stream, const ItemChange& change,
                                                       TimePoint now);

 private:
  storage::GroupCommit& gate_;
  Random& random_;
  std::string payload_;
};

}  // namespace millrace::streams
