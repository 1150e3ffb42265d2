#include "server/plan/context/expiry.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/context/table_portion.hpp"

namespace millrace::plan {
namespace {

constexpr std::size_t kSecondsBytes = 8;

std::int64_t seconds_of(TimePoint when) {
  return std::chrono::floor<std::chrono::seconds>(when.time_since_epoch()).count();
}

/// Seconds as bytes in the order of time, and the key of the item's row behind.
storage::EncodedKey key_of(TimePoint expiry, std::string_view row_key) {
  storage::EncodedKey key(kSecondsBytes, '\0');
  auto rest = static_cast<std::uint64_t>(seconds_of(expiry));
  for (std::size_t at = kSecondsBytes; at-- > 0; rest >>= 8U) key[at] = static_cast<char>(rest & 0xFFU);
  return key.append(row_key);
}

TimePoint expiry_in(std::string_view key) {
  std::uint64_t seconds = 0;
  for (std::size_t at = 0; at < kSecondsBytes; ++at) seconds = seconds << 8U | static_cast<unsigned char>(key[at]);
  return TimePoint{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

}  // namespace

std::optional<TimePoint> expiry_of(const model::TimeToLive& time_to_live, const model::Item& item) {
  const auto* const value = item.find(time_to_live.attribute);
  const auto* const number = value == nullptr ? nullptr : value->as_number();
  if (number == nullptr) return std::nullopt;
  const std::string text = number->to_string();
  std::int64_t seconds = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  // What is so far away (milliseconds, taken for seconds) never comes, and is no time to calculate with.
  constexpr std::int64_t kEndOfYear9999 = 253'402'300'799;
  if (seconds < 0 || seconds > kEndOfYear9999) return std::nullopt;
  return TimePoint{std::chrono::seconds{seconds}};
}

StorageResult<void> update_expiry(storage::Storage& storage, const model::TimeToLive& time_to_live,
                                  std::string_view row_key, const std::optional<TimePoint>& before,
                                  const std::optional<TimePoint>& after) {
  if (before == after) return {};
  // While the rows are being filled in nobody knows whether there is one: the storage looks by itself.
  if (before) {
    if (auto erased = storage.erase_row(time_to_live.keyspace, key_of(*before, row_key)); erased.has_error()) {
      return erased;
    }
  }
  if (!after) return {};
  return storage.write_row(time_to_live.keyspace, key_of(*after, row_key), {}, 0);
}

StorageResult<std::vector<Expiring>> find_expiring(storage::StorageReader& storage,
                                                   const model::TimeToLive& time_to_live, TimePoint from,
                                                   TimePoint through, std::size_t most) {
  std::vector<Expiring> found;
  const TimePoint first = std::max(from, TimePoint{});
  if (through < first) return found;
  const storage::KeyRange range{.begin = key_of(first, {}), .end = key_of(through + std::chrono::seconds{1}, {})};
  const auto scanned =
      storage.scan_rows(time_to_live.keyspace, range, storage::Direction::kAscending, [&](const storage::RowView& row) {
        if (found.size() == most) return storage::Visit::kStop;
        found.push_back({expiry_in(row.key), storage::EncodedKey{row.key.substr(kSecondsBytes)}});
        return storage::Visit::kContinue;
      });
  if (scanned.has_error()) return scanned.error();
  return found;
}

StorageResult<void> fill_expiries(storage::Storage& storage, json::Parser& parser, const model::TableDefinition& table,
                                  model::TimeToLive& time_to_live, EarliestExpiry& earliest,
                                  const storage::Budget& budget) {
  if (time_to_live.keyspace == 0) {
    const auto made = storage.create_keyspace();
    if (made.has_error()) return made.error();
    time_to_live.keyspace = *made;
  }
  if (!time_to_live.fill_from) time_to_live.fill_from.emplace();
  std::vector<std::pair<TimePoint, storage::EncodedKey>> expiring;
  const auto scanned =
      scan_portion(storage, table.keyspace, time_to_live.fill_from, budget, [&](const storage::RowView& row) {
        const auto expiry = expiry_of(time_to_live, json::read_stored_item(parser, row.item_json));
        if (expiry) expiring.emplace_back(*expiry, row.key);
      });
  if (scanned.has_error()) return scanned.error();
  for (const auto& [expiry, row_key] : expiring) {
    if (auto written = update_expiry(storage, time_to_live, row_key, std::nullopt, expiry); written.has_error()) {
      return written;
    }
    earliest.note(expiry);
  }
  return {};
}

}  // namespace millrace::plan
