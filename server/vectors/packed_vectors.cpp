#include "server/vectors/packed_vectors.hpp"

#include <algorithm>
#include <utility>

#include "server/vectors/distance.hpp"

namespace millrace::vectors {
namespace {

// Copied as a whole when a snapshot holds it: some tens of microseconds.
constexpr std::size_t kChunkFloats = std::size_t{64} << 10U;

std::shared_ptr<Chunk> copy_of(const Chunk& chunk) {
  auto copy = std::make_shared<Chunk>();
  copy->floats = chunk.floats;
  copy->squares = chunk.squares;
  copy->keys = chunk.keys;
  copy->item_key_offsets = chunk.item_key_offsets;
  copy->labels = chunk.labels;
  return copy;
}

}  // namespace

Snapshot::Snapshot(std::vector<std::shared_ptr<Chunk>> chunks) : chunks_{std::move(chunks)} {
  for (const auto& chunk : chunks_) chunk->readers.fetch_add(1, std::memory_order_relaxed);
}

Snapshot::~Snapshot() {
  // Whoever finds no readers may write: what was read here is read before.
  for (const auto& chunk : chunks_) chunk->readers.fetch_sub(1, std::memory_order_release);
}

PackedVectors::PackedVectors(std::size_t labels, std::size_t dimensions)
    : labels_{labels},
      stride_{packed_size(dimensions)},
      entries_per_chunk_{std::clamp<std::size_t>(kChunkFloats / stride_, 16, 1024)} {}

Chunk& PackedVectors::own(std::size_t chunk) {
  auto& kept = chunks_[chunk];
  if (kept->readers.load(std::memory_order_acquire) > 0) kept = copy_of(*kept);
  return *kept;
}

std::size_t PackedVectors::bytes_of(const Chunk& chunk, std::size_t at) const {
  constexpr std::size_t kBesides = 160;  // of the places and of what strings are
  std::size_t bytes = stride_ * sizeof(float) + 2 * chunk.keys[at].size() + kBesides;
  for (const auto& column : chunk.labels) bytes += sizeof(std::string) + column[at].size();
  return bytes;
}

void PackedVectors::write(Chunk& chunk, std::size_t at, const VectorEntry& entry) const {
  float* const floats = chunk.floats.data() + at * stride_;
  std::ranges::copy(entry.vector, floats);
  chunk.squares[at] = square_of(entry.vector);
  chunk.keys[at] = entry.key;
  chunk.item_key_offsets[at] = entry.item_key_offset;
  for (std::size_t label = 0; label < labels_; ++label) chunk.labels[label][at] = entry.labels[label];
}

void PackedVectors::put(const VectorEntry& entry) {
  if (const auto known = places_.find(entry.key); known != places_.end()) {
    Chunk& chunk = own(known->second.chunk);
    bytes_ -= bytes_of(chunk, known->second.at);
    write(chunk, known->second.at, entry);
    bytes_ += bytes_of(chunk, known->second.at);
    return;
  }
  if (chunks_.empty() || chunks_.back()->size() == entries_per_chunk_) {
    auto& added = *chunks_.emplace_back(std::make_shared<Chunk>());
    added.labels.resize(labels_);
  }
  Chunk& chunk = own(chunks_.size() - 1);
  const std::size_t at = chunk.size();
  chunk.floats.resize((at + 1) * stride_);
  chunk.squares.emplace_back();
  chunk.keys.emplace_back();
  chunk.item_key_offsets.emplace_back();
  for (auto& column : chunk.labels) column.emplace_back();
  write(chunk, at, entry);
  places_.emplace(entry.key, Place{chunks_.size() - 1, at});
  bytes_ += bytes_of(chunk, at);
}

void PackedVectors::erase(std::string_view key) {
  const auto known = places_.find(std::string{key});
  if (known == places_.end()) return;
  const Place place = known->second;
  places_.erase(known);
  bytes_ -= bytes_of(*chunks_[place.chunk], place.at);
  // The last entry takes the place of the one that goes.
  const std::size_t last_chunk = chunks_.size() - 1;
  Chunk& from = own(last_chunk);
  const std::size_t last = from.size() - 1;
  if (place.chunk != last_chunk || place.at != last) {
    Chunk& into = own(place.chunk);
    const float* const floats = from.floats.data() + last * stride_;
    std::copy(floats, floats + stride_, into.floats.data() + place.at * stride_);
    into.squares[place.at] = from.squares[last];
    into.keys[place.at] = std::move(from.keys[last]);
    into.item_key_offsets[place.at] = from.item_key_offsets[last];
    for (std::size_t label = 0; label < labels_; ++label) {
      into.labels[label][place.at] = std::move(from.labels[label][last]);
    }
    places_[into.keys[place.at]] = place;
  }
  from.floats.resize(last * stride_);
  from.squares.pop_back();
  from.keys.pop_back();
  from.item_key_offsets.pop_back();
  for (auto& column : from.labels) column.pop_back();
  if (last == 0) chunks_.pop_back();
}

}  // namespace millrace::vectors
