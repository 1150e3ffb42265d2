// How far a shard is done when its records end out of order: the position up to which every record has ended, and how
// many of those were delivered and given up. It never goes ahead of a record that is still open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "server/storage/storage.hpp"

namespace millrace::esm {

using storage::Sequence;

/// How a record came to its end.
enum class RecordEnd : std::uint8_t {
  kDelivered,
  kDiscarded,
  kFiltered,  ///< nobody wanted it
};

class Watermark {
 public:
  /// Of a record among all that were entered: what it is ended by.
  using Place = std::uint64_t;

  /// Records that have ended and that no Tally has told of.
  struct Tally {
    Sequence upto{0};
    std::size_t delivered{0};
    std::size_t discarded{0};
  };

  /// Everything up to `done` has ended before.
  explicit Watermark(Sequence done) : upto_{done} {}

  /// A record that has been read. They come in the order of the shard.
  Place enter(Sequence sequence);
  /// Once for each place.
  void end(Place place, RecordEnd how);

  /// Every record up to here has ended.
  [[nodiscard]] Sequence upto() const { return upto_; }
  /// Records behind upto(), open or ended: what is delivered again after a crash, at most.
  [[nodiscard]] std::size_t ahead() const { return entries_.size() - front_; }
  /// The records up to upto() that were not told of before.
  Tally take();

 private:
  struct Entry {
    Sequence sequence{0};
    bool ended{false};
    RecordEnd how{};
  };

  [[nodiscard]] bool is_open(Place place) const;
  void drop_front();

  // The records behind upto_ begin at front_; a vector, because its memory stays when they all have ended.
  std::vector<Entry> entries_;
  std::size_t front_{0};
  Place first_{0};  // of entries_[front_]
  Sequence upto_;
  std::size_t delivered_{0};
  std::size_t discarded_{0};
};

}  // namespace millrace::esm
