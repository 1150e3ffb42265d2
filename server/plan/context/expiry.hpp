// When items expire (API reference, 3.15): the attribute that says so, and the rows in order of time by which those
// that are due are found. Kept by the write, in its transaction.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/key_encoding.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

/// When the item expires; nothing when it never does: the attribute is no number of whole seconds, or one before 1970
/// or after the year 9999.
[[nodiscard]] std::optional<TimePoint> expiry_of(const model::TimeToLive& time_to_live, const model::Item& item);

/// The earliest expiry that may be due next, over all tables: never later than the first there is. Inside the gate
/// only.
class EarliestExpiry {
 public:
  /// None is known of.
  static constexpr TimePoint kNever = TimePoint::max();

  [[nodiscard]] TimePoint get() const { return earliest_; }
  /// An item has got this expiry.
  void note(TimePoint expiry) { earliest_ = std::min(earliest_, expiry); }
  /// All have been looked at.
  void reset(TimePoint earliest) { earliest_ = earliest; }
  /// Nobody knows any more: what has been looked at was lost with its group.
  void forget() { earliest_ = TimePoint{}; }

 private:
  TimePoint earliest_{};  ///< at the start nobody has looked, and nothing expires before
};

/// Moves the row of an item from one expiry to another; nothing for one that does not expire, or is not there.
StorageResult<void> update_expiry(storage::Storage& storage, const model::TimeToLive& time_to_live,
                                  std::string_view row_key, const std::optional<TimePoint>& before,
                                  const std::optional<TimePoint>& after);

/// An item with its expiry, in order of time.
struct Expiring {
  TimePoint expiry{};
  storage::EncodedKey row_key;  ///< in its table
};
/// At most `most` of those that expire at `from` or later, and not after `through`.
StorageResult<std::vector<Expiring>> find_expiring(storage::StorageReader& storage,
                                                   const model::TimeToLive& time_to_live, TimePoint from,
                                                   TimePoint through, std::size_t most);

/// Gives the next items of a table their rows, as plan::backfill_portion() does for an index, and makes the keyspace of
/// the rows first if there is none.
StorageResult<void> fill_expiries(storage::Storage& storage, json::Parser& parser, const model::TableDefinition& table,
                                  model::TimeToLive& time_to_live, EarliestExpiry& earliest,
                                  const storage::Budget& budget);

}  // namespace millrace::plan
