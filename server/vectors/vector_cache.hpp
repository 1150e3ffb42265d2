// The packed vectors of the indexes that are searched: filled by the first search from the rows of the index, in
// portions, and kept up with what is written from then on. Writes to an index that nobody has searched cost nothing.
//
// Holds at most a number of bytes, and gives up the index that was searched least recently; one that is larger by
// itself is not kept, and searched from its rows.
//
// Threads: as Storage, only inside a storage::GroupCommit entry; snapshots may leave it. What it holds is what storage
// shows, the open group included. When a group is lost, forget_all().
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/storage.hpp"
#include "server/vectors/packed_vectors.hpp"

namespace millrace::vectors {

/// The next rows of an index from `from` on, and the one behind them moved there; empty: that was all. Errors: kCorrupt
/// when a row is no entry of the index.
StorageResult<PackedVectors> read_portion(storage::StorageReader& storage, const model::VectorIndexDefinition& index,
                                          const storage::KeyRange& range, std::optional<std::string>& from);

class VectorCache {
 public:
  static constexpr std::size_t kDefaultCapacity = std::size_t{512} << 20U;

  explicit VectorCache(std::size_t capacity_bytes = kDefaultCapacity) : capacity_{capacity_bytes} {}

  enum class State : std::uint8_t {
    kLoaded,    ///< may be searched
    kLoading,   ///< call again
    kTooLarge,  ///< to be searched from its rows
  };
  /// Reads the next portion of an index, if it is not there yet.
  StorageResult<State> load_portion(storage::StorageReader& storage, const model::VectorIndexDefinition& index);

  /// Of an index that is loaded.
  [[nodiscard]] Snapshot snapshot(model::KeyspaceId index);

  /// An entry was written, or erased. Where the index has been read so far, and only there, the change is made here.
  void put(model::KeyspaceId index, const VectorEntry& entry);
  void erase(model::KeyspaceId index, std::string_view key);
  /// Whether put() and erase() do anything.
  [[nodiscard]] bool holds(model::KeyspaceId index) const { return kept_.contains(index); }

  /// The index is gone.
  void forget(model::KeyspaceId index);
  /// What was written last has not happened.
  void forget_all();

  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Kept {
    PackedVectors vectors;
    std::optional<std::string> read_from{std::string{}};  ///< the key at which reading goes on; empty: all is read
    std::uint64_t last_used{0};
  };

  [[nodiscard]] Kept* find_where_read(model::KeyspaceId index, std::string_view key);
  /// Gives up others until there is room. False when `index` alone takes too much: then it is given up.
  bool make_room(model::KeyspaceId index);

  const std::size_t capacity_;
  std::map<model::KeyspaceId, Kept> kept_;
  std::uint64_t uses_{0};
};

}  // namespace millrace::vectors
