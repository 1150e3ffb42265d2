// Entries of a vector index in memory, their floats one behind the other in chunks.
//
// Threads: everything belongs to one thread at a time (that in the gate), but for snapshots: these may be read and
// dropped on any thread, also after the vectors they were taken of have gone. A chunk that a snapshot holds is copied
// before it is changed.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "server/vectors/vector_entry.hpp"

namespace millrace::vectors {

/// A number of entries, column by column.
struct Chunk {
  std::vector<float> floats;  ///< packed_size() of the dimensions each
  std::vector<double> squares;
  std::vector<std::string> keys;
  std::vector<std::size_t> item_key_offsets;
  std::vector<std::vector<std::string>> labels;  ///< by attribute, then by entry

  std::atomic<int> readers{0};  ///< snapshots that hold it

  [[nodiscard]] std::size_t size() const { return keys.size(); }
};

/// Entries as they were at a moment.
class Snapshot {
 public:
  Snapshot() = default;
  explicit Snapshot(std::vector<std::shared_ptr<Chunk>> chunks);
  Snapshot(Snapshot&&) noexcept = default;
  Snapshot& operator=(Snapshot&&) = delete;
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;
  ~Snapshot();

  [[nodiscard]] const std::vector<std::shared_ptr<Chunk>>& chunks() const { return chunks_; }

 private:
  std::vector<std::shared_ptr<Chunk>> chunks_;
};

class PackedVectors {
 public:
  PackedVectors(std::size_t labels, std::size_t dimensions);

  /// Adds an entry, or replaces that of the same key.
  void put(const VectorEntry& entry);
  /// A key that is not there is no error.
  void erase(std::string_view key);

  [[nodiscard]] Snapshot snapshot() const { return Snapshot{chunks_}; }
  [[nodiscard]] std::size_t size() const { return places_.size(); }
  /// Memory that is taken, roughly.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }

 private:
  struct Place {
    std::size_t chunk{0};
    std::size_t at{0};
  };

  /// The chunk, to be changed.
  Chunk& own(std::size_t chunk);
  void write(Chunk& chunk, std::size_t at, const VectorEntry& entry) const;
  [[nodiscard]] std::size_t bytes_of(const Chunk& chunk, std::size_t at) const;

  const std::size_t labels_;
  const std::size_t stride_;
  const std::size_t entries_per_chunk_;
  std::vector<std::shared_ptr<Chunk>> chunks_;  ///< all full but the last
  std::unordered_map<std::string, Place> places_;
  std::size_t bytes_{0};
};

}  // namespace millrace::vectors
