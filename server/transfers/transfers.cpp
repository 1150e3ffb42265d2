#include "server/transfers/transfers.hpp"

#include <algorithm>
#include <utility>

#include "server/transfers/export_mover.hpp"
#include "server/transfers/load_mover.hpp"

namespace millrace::transfers {

Transfers::Transfers(const Surroundings& surroundings)
    : exports{surroundings.storage}, loads{surroundings.storage}, surroundings_{surroundings} {
  surroundings_.backups.row_keeping.also_needed([this](model::KeyspaceId keyspace) { return oldest_need(keyspace); });
}

StorageResult<void> Transfers::load() {
  if (auto loaded = exports.load(); loaded.has_error()) return loaded;
  if (auto loaded = loads.load(); loaded.has_error()) return loaded;
  begun_.clear();
  for (const auto& entry : exports.unfinished()) begun_.push_back(entry->request->arn);
  for (const auto& entry : loads.unfinished()) begun_.push_back(entry->request->arn);
  return {};
}

std::optional<storage::Sequence> Transfers::oldest_need(model::KeyspaceId keyspace) const {
  std::optional<storage::Sequence> oldest;
  for (const auto& entry : exports.unfinished()) {
    const auto& request = *entry->request;
    if (request.table.keyspace != keyspace) continue;
    oldest = std::min(oldest.value_or(request.oldest_need()), request.oldest_need());
  }
  return oldest;
}

std::unique_ptr<Mover> Transfers::make_mover(const std::string& arn) {
  if (const auto entry = exports.find(arn)) {
    if (entry->state.is_over()) return nullptr;
    return std::make_unique<ExportMover>(surroundings_, exports, entry);
  }
  if (const auto entry = loads.find(arn)) {
    if (entry->state.is_over()) return nullptr;
    return std::make_unique<LoadMover>(surroundings_, loads, entry);
  }
  return nullptr;
}

}  // namespace millrace::transfers
