// Which sequence stands for which second: by it a table is restored to a point in time. Before the first write of a
// second to any table that may be restored a sequence is taken; as of it storage shows what there was when the second
// began. One row for each second with such a write, in a keyspace of its own; who keeps history sees to it that they
// go.
//
// Threads: as Storage, only inside a storage::GroupCommit entry. After a lost group load() reads again.
#pragma once

#include <cstdint>
#include <optional>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/storage/budget.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

class TimeMarks {
 public:
  /// `storage` outlives the marks.
  explicit TimeMarks(storage::Storage& storage) : storage_{storage} {}

  /// Finds the newest: once at the start, and again after a group was lost. Errors: kCorrupt.
  StorageResult<void> load();

  /// To be called before a write, in its transaction: takes a mark if it is the first of its second. One comparison for
  /// all others. A clock that was set back, by a restart, takes none until it has passed the newest.
  StorageResult<void> before_write(TimePoint now) {
    const std::int64_t second = second_of(now);
    if (newest_ && second <= *newest_) return {};
    return take(second);
  }

  /// As of which sequence there is what there was at the end of the second of `time`; nothing when it is so now,
  /// because nothing was written in a later second.
  [[nodiscard]] StorageResult<std::optional<storage::Sequence>> end_of(TimePoint time) const;

  /// Removes those of seconds before that of `time`, as many as `budget` allows; returns whether there are more.
  StorageResult<bool> forget_before(TimePoint time, const storage::Budget& budget);

 private:
  static std::int64_t second_of(TimePoint time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
  }
  StorageResult<void> take(std::int64_t second);

  storage::Storage& storage_;
  std::optional<model::KeyspaceId> keyspace_;  ///< none before the first mark
  std::optional<std::int64_t> newest_;
};

}  // namespace millrace::plan
