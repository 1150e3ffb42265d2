// The rows of a table a portion at a time: for jobs that look at all of them and remember how far they have come.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

#include "server/base/result.hpp"
#include "server/storage/budget.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

/// Shows the rows from `from` on, as many as `budget` allows, and moves `from` to the next; nothing when that was all.
/// `show` must not write.
inline StorageResult<void> scan_portion(storage::StorageReader& storage, model::KeyspaceId keyspace,
                                        std::optional<std::string>& from, const storage::Budget& budget,
                                        const std::function<void(const storage::RowView&)>& show) {
  storage::KeyRange rest;
  rest.begin.assign(*from);
  from.reset();
  std::size_t rows = 0;
  std::size_t bytes = 0;
  return storage.scan_rows(keyspace, rest, storage::Direction::kAscending, [&](const storage::RowView& row) {
    if (rows >= budget.rows || bytes >= budget.bytes) {
      from = std::string{row.key};
      return storage::Visit::kStop;
    }
    ++rows;
    bytes += row.item_size;
    show(row);
    return storage::Visit::kContinue;
  });
}

}  // namespace millrace::plan
