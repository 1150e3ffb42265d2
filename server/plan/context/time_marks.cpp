#include "server/plan/context/time_marks.hpp"

#include <charconv>
#include <string>
#include <vector>

#include "server/base/big_endian.hpp"

namespace millrace::plan {
namespace {

constexpr std::string_view kTimeMarks = "time_marks";
constexpr std::string_view kKeyspaceOfMarks = "keyspace";

std::string to_row_key(std::int64_t second) {
  std::string key(sizeof second, '\0');
  base::write_big_endian(key.data(), static_cast<std::uint64_t>(second));
  return key;
}

template <class Number>
std::optional<Number> number_from(std::string_view text) {
  Number number{};
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

StorageError damaged() { return {StorageErrorKind::kCorrupt, "a mark of time cannot be read"}; }

}  // namespace

StorageResult<void> TimeMarks::load() {
  keyspace_.reset();
  newest_.reset();
  const auto text = storage_.read_document(kTimeMarks, kKeyspaceOfMarks);
  if (text.has_error()) return text.error();
  if (!*text) return {};
  keyspace_ = number_from<model::KeyspaceId>(**text);
  if (!keyspace_) return damaged();
  const auto scanned =
      storage_.scan_rows(*keyspace_, {}, storage::Direction::kDescending, [&](const storage::RowView& row) {
        if (row.key.size() == sizeof(std::int64_t)) {
          newest_ = static_cast<std::int64_t>(base::read_big_endian<std::uint64_t>(row.key.data()));
        }
        return storage::Visit::kStop;
      });
  return scanned;
}

StorageResult<void> TimeMarks::take(std::int64_t second) {
  if (!keyspace_) {
    const auto made = storage_.create_keyspace();
    if (made.has_error()) return made.error();
    if (auto written = storage_.write_document(kTimeMarks, kKeyspaceOfMarks, std::to_string(*made));
        written.has_error())
      return written;
    keyspace_ = *made;
  }
  const auto sequence = storage_.next_sequence();
  if (sequence.has_error()) return sequence.error();
  const std::string text = std::to_string(*sequence);
  auto written = storage_.write_row(*keyspace_, to_row_key(second), text, text.size(), storage::PreviousRow::none());
  if (written.has_value()) newest_ = second;
  return written;
}

StorageResult<std::optional<storage::Sequence>> TimeMarks::end_of(TimePoint time) const {
  std::optional<storage::Sequence> found;
  if (!keyspace_) return found;
  bool is_damaged = false;
  storage::KeyRange later;
  later.begin.assign(to_row_key(second_of(time) + 1));
  const auto scanned =
      storage_.scan_rows(*keyspace_, later, storage::Direction::kAscending, [&](const storage::RowView& row) {
        found = number_from<storage::Sequence>(row.item_json);
        is_damaged = !found;
        return storage::Visit::kStop;
      });
  if (scanned.has_error()) return scanned.error();
  if (is_damaged) return damaged();
  return found;
}

StorageResult<bool> TimeMarks::forget_before(TimePoint time, const storage::Budget& budget) {
  if (!keyspace_) return false;
  const std::string end = to_row_key(second_of(time));
  std::vector<std::string> old;
  bool more = false;
  const auto scanned =
      storage_.scan_rows(*keyspace_, {}, storage::Direction::kAscending, [&](const storage::RowView& row) {
        if (row.key >= end) return storage::Visit::kStop;
        more = old.size() >= budget.rows;
        if (more) return storage::Visit::kStop;
        old.emplace_back(row.key);
        return storage::Visit::kContinue;
      });
  if (scanned.has_error()) return scanned.error();
  for (const std::string& key : old) {
    if (auto erased = storage_.erase_row(*keyspace_, key); erased.has_error()) return erased.error();
  }
  return more;
}

}  // namespace millrace::plan
