#include "server/storage/sqlite/tables/row_history.hpp"

#include <fmt/format.h>

#include <utility>

#include "server/storage/sqlite/database/checksum.hpp"
#include "server/storage/sqlite/tables/row_error.hpp"

namespace millrace::storage::sqlite {
namespace {

// As the size of an item: there was none.
constexpr std::int64_t kNoItem = -1;

}  // namespace

std::int64_t RowHistory::checksum_of(KeyspaceId keyspace, std::string_view key, std::int64_t until,
                                     std::string_view item_json, std::int64_t item_size) const {
  if (!has_checksums_) return 0;
  return Checksum{}.add(keyspace).add(until).add(key).add(item_size).add(item_json).value();
}

StorageResult<void> RowHistory::keep_row(KeyspaceId keyspace, std::string_view key, Sequence until,
                                         std::string_view item_json, std::int64_t item_size, bool is_whole) {
  const auto until_value = static_cast<std::int64_t>(until);
  std::int64_t checksum = checksum_of(keyspace, key, until_value, item_json, item_size);
  if (!is_whole) ++checksum;
  return Query{statements_.keep_past_row, keyspace, until_value, Blob{key}, item_size, item_json, checksum}.run();
}

StorageResult<void> RowHistory::keep_absence(KeyspaceId keyspace, std::string_view key, Sequence until) {
  return keep_row(keyspace, key, until, {}, kNoItem, true);
}

StorageResult<std::optional<PastRow>> RowHistory::find(KeyspaceId keyspace, std::string_view key, Sequence as_of) {
  Query query{statements_.past_row, keyspace, Blob{key}, static_cast<std::int64_t>(as_of)};
  const auto found = query.next();
  if (found.has_error()) return at_row(found.error(), keyspace, key);
  if (!*found) return std::optional<PastRow>{};
  const std::int64_t until = query.integer(0);
  const std::int64_t item_size = query.integer(1);
  if (has_checksums_ && checksum_of(keyspace, key, until, query.bytes(2), item_size) != query.integer(3)) {
    StorageError error = at_row(wrong_checksum(), keyspace, key);
    error.detail += fmt::format(", as it was until {}", until);
    return error;
  }
  PastRow past;
  if (item_size != kNoItem) past.row = Row{std::string{query.bytes(2)}, static_cast<std::size_t>(item_size)};
  return std::optional{std::move(past)};
}

RowHistory::Keys::Keys(RowHistory& history, KeyspaceId keyspace, const KeyRange& range, Direction direction)
    : statements_{history.statements_},
      keyspace_{keyspace},
      range_{range},
      direction_{direction},
      bound_{direction == Direction::kAscending ? range.begin : range.end} {}

Statement& RowHistory::Keys::search() const {
  if (direction_ == Direction::kAscending) return statements_.past_key_from;
  // An empty bound is the end of a range that has none, unless the empty key was the last one.
  return bound_.empty() && !key_ ? statements_.last_past_key : statements_.past_key_before;
}

StorageResult<void> RowHistory::Keys::advance() {
  Statement& statement = search();
  std::optional<std::string> next;
  {
    Query query{statement, keyspace_, Blob{bound_}};
    const auto row = query.next();
    if (row.has_error()) return at_row(row.error(), keyspace_, bound_);
    if (*row) next.emplace(query.bytes(0));
  }
  if (next) {
    const bool is_beyond =
        direction_ == Direction::kDescending ? *next < range_.begin : !range_.end.empty() && *next >= range_.end;
    if (is_beyond) next.reset();
  }
  key_ = std::move(next);
  if (key_) {
    bound_ = *key_;
    if (direction_ == Direction::kAscending) bound_.push_back('\0');  // the smallest key behind it
  }
  return {};
}

}  // namespace millrace::storage::sqlite
