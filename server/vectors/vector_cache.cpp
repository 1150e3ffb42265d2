#include "server/vectors/vector_cache.hpp"

#include <algorithm>
#include <utility>

namespace millrace::vectors {
namespace {

// A millisecond or two of reading.
constexpr std::size_t kPortionBytes = std::size_t{1} << 20U;
constexpr std::size_t kPortionRows = 1024;

/// Calls `take` with each entry of a portion.
template <class Take>
StorageResult<void> read_entries(storage::StorageReader& storage, const model::VectorIndexDefinition& index,
                                 const storage::KeyRange& range, std::optional<std::string>& from, Take take) {
  storage::KeyRange rest{.begin = std::max(range.begin, *from), .end = range.end};
  from.reset();
  std::size_t rows = 0;
  std::size_t bytes = 0;
  bool damaged = false;
  auto scanned =
      storage.scan_rows(index.keyspace, rest, storage::Direction::kAscending, [&](const storage::RowView& row) {
        if (rows == kPortionRows || bytes >= kPortionBytes) {
          from = std::string{row.key};
          return storage::Visit::kStop;
        }
        ++rows;
        bytes += row.item_json.size();
        const auto entry = entry_from_row(row.key, row.item_json, index.search_schema.size(), index.dimensions);
        damaged = !entry.has_value();
        if (entry) take(*entry);
        return damaged ? storage::Visit::kStop : storage::Visit::kContinue;
      });
  if (scanned.has_error()) return scanned;
  if (!damaged) return {};
  return StorageError{StorageErrorKind::kCorrupt, "a row of the vector index " + index.name + " is no entry of it"};
}

}  // namespace

StorageResult<PackedVectors> read_portion(storage::StorageReader& storage, const model::VectorIndexDefinition& index,
                                          const storage::KeyRange& range, std::optional<std::string>& from) {
  PackedVectors vectors{index.search_schema.size(), index.dimensions};
  const auto read =
      read_entries(storage, index, range, from, [&vectors](const VectorEntry& entry) { vectors.put(entry); });
  if (read.has_error()) return read.error();
  return vectors;
}

StorageResult<VectorCache::State> VectorCache::load_portion(storage::StorageReader& storage,
                                                            const model::VectorIndexDefinition& index) {
  auto known = kept_.find(index.keyspace);
  if (known == kept_.end()) {
    // What its rows say is less than what it will take here.
    const auto size = storage.measure_keyspace(index.keyspace);
    if (size.has_error()) return size.error();
    const auto floats = static_cast<std::size_t>(size->row_count) * index.dimensions * sizeof(float);
    if (floats > capacity_) return State::kTooLarge;
    known = kept_.emplace(index.keyspace, Kept{.vectors = {index.search_schema.size(), index.dimensions}}).first;
  }
  Kept& kept = known->second;
  kept.last_used = ++uses_;
  if (!kept.read_from) return State::kLoaded;
  const auto read =
      read_entries(storage, index, {}, kept.read_from, [&kept](const VectorEntry& entry) { kept.vectors.put(entry); });
  if (read.has_error()) {
    kept_.erase(known);
    return read.error();
  }
  const bool is_loaded = !kept.read_from;
  if (!make_room(index.keyspace)) return State::kTooLarge;
  return is_loaded ? State::kLoaded : State::kLoading;
}

Snapshot VectorCache::snapshot(model::KeyspaceId index) { return kept_.at(index).vectors.snapshot(); }

VectorCache::Kept* VectorCache::find_where_read(model::KeyspaceId index, std::string_view key) {
  const auto known = kept_.find(index);
  if (known == kept_.end()) return nullptr;
  const auto& from = known->second.read_from;
  return from && key >= *from ? nullptr : &known->second;
}

void VectorCache::put(model::KeyspaceId index, const VectorEntry& entry) {
  Kept* const kept = find_where_read(index, entry.key);
  if (kept == nullptr) return;
  kept->vectors.put(entry);
  make_room(index);
}

void VectorCache::erase(model::KeyspaceId index, std::string_view key) {
  if (Kept* const kept = find_where_read(index, key)) kept->vectors.erase(key);
}

void VectorCache::forget(model::KeyspaceId index) { kept_.erase(index); }

void VectorCache::forget_all() { kept_.clear(); }

std::size_t VectorCache::bytes() const {
  std::size_t sum = 0;
  for (const auto& [index, kept] : kept_) sum += kept.vectors.bytes();
  return sum;
}

bool VectorCache::make_room(model::KeyspaceId index) {
  while (bytes() > capacity_) {
    auto oldest = kept_.end();
    for (auto at = kept_.begin(); at != kept_.end(); ++at) {
      if (at->first == index) continue;
      if (oldest == kept_.end() || at->second.last_used < oldest->second.last_used) oldest = at;
    }
    if (oldest == kept_.end()) {
      kept_.erase(index);
      return false;
    }
    kept_.erase(oldest);
  }
  return true;
}

}  // namespace millrace::vectors
