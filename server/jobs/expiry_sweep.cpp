#include "server/jobs/expiry_sweep.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "server/json/attribute_value_json.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::jobs {
namespace {

/// What is older than that when it would be deleted stays for ever.
constexpr Duration kOldest = std::chrono::hours{24 * 365 * 5};

/// Deleting one item costs as much as looking at so many rows: its row, its entries, its record.
constexpr std::size_t kCostOfDeletion = 8;

}  // namespace

std::optional<TimePoint> ExpirySweep::due() const {
  const TimePoint earliest = parts_.earliest.get();
  if (earliest == plan::EarliestExpiry::kNever || !parts_.tables.any_expiring()) return std::nullopt;
  return earliest + delay_;
}

bool ExpirySweep::is_pending() const {
  if (parts_.tables.find_with_unknown_expiries() != nullptr) return true;
  const auto when = due();
  return when && *when <= parts_.clock.now();
}

StorageResult<void> ExpirySweep::step(const storage::Budget& budget) {
  if (const auto table = parts_.tables.find_with_unknown_expiries()) {
    auto definition = table->definition;
    auto filled = plan::fill_expiries(parts_.storage, parser_, table->definition, *definition.time_to_live,
                                      parts_.earliest, budget);
    if (filled.has_error()) return filled;
    if (const auto stored = parts_.tables.put(std::move(definition)); stored.has_error()) return stored.error();
    return {};
  }
  const TimePoint now = parts_.clock.now();
  const auto tables = parts_.tables.expiring();
  const std::size_t most = budget.at_cost(kCostOfDeletion).rows;
  for (const auto& table : tables) {
    const auto deleted = sweep(table, now, most);
    if (deleted.has_error()) return deleted.error();
    // What expires in one region goes in the others because it is gone there: each is to hear of it first.
    const bool others_hear = *deleted > 0 && table->definition.replication.has_value();
    if (*deleted == most || others_hear) return {};
  }
  return find_earliest(now);
}

StorageResult<std::size_t> ExpirySweep::sweep(const catalog::TablePointer& table, TimePoint now, std::size_t most) {
  const auto due =
      plan::find_expiring(parts_.storage, *table->definition.time_to_live, now - kOldest, now - delay_, most);
  if (due.has_error()) return due.error();
  for (const auto& expiring : *due) {
    if (auto expired = expire(table, expiring); expired.has_error()) return expired.error();
  }
  return due->size();
}

StorageResult<void> ExpirySweep::expire(const catalog::TablePointer& table, const plan::Expiring& expiring) {
  const auto& definition = table->definition;
  const auto row = parts_.storage.read_row(definition.keyspace, expiring.row_key);
  if (row.has_error()) return row.error();
  std::optional<model::Item> item;
  if (*row) item = json::read_stored_item(parser_, (*row)->item_json);
  if (!item || plan::expiry_of(*definition.time_to_live, *item) != expiring.expiry) {
    return plan::update_expiry(parts_.storage, *definition.time_to_live, expiring.row_key, expiring.expiry, {});
  }
  auto deletion = plan::ItemWrite::of_key(plan::ItemWrite::Kind::kDelete, model::key_of(definition.key_schema, *item));
  deletion.cause = streams::ChangeCause::kTimeToLive;
  const auto prepared =
      plan::prepare({.storage = parts_.storage, .stored_parser = parser_}, table, expiring.row_key, deletion);
  if (prepared.has_error()) return StorageError{StorageErrorKind::kIo, prepared.error().message};
  const auto applied = plan::apply({.storage = parts_.storage,
                                    .stream_writer = parts_.stream_writer,
                                    .clock = parts_.clock,
                                    .stored_parser = parser_,
                                    .vectors = parts_.vectors,
                                    .time_marks = parts_.time_marks,
                                    .replicating = parts_.replicating},
                                   *prepared);
  if (applied.has_error()) return applied.error();
  return {};
}

StorageResult<void> ExpirySweep::find_earliest(TimePoint now) {
  TimePoint earliest = plan::EarliestExpiry::kNever;
  const TimePoint last = plan::EarliestExpiry::kNever - std::chrono::seconds{2};
  for (const auto& table : parts_.tables.expiring()) {
    const auto next = plan::find_expiring(parts_.storage, *table->definition.time_to_live, now - delay_, last, 1);
    if (next.has_error()) return next.error();
    if (!next->empty()) earliest = std::min(earliest, next->front().expiry);
  }
  parts_.earliest.reset(earliest);
  return {};
}

}  // namespace millrace::jobs
