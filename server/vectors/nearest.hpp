// The best entries of packed vectors, told portion by portion.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "server/vectors/distance.hpp"
#include "server/vectors/packed_vectors.hpp"

namespace millrace::vectors {

/// `=` conditions: an entry passes whose labels are those that are not empty here. Of the length of the search schema.
using WantedLabels = Labels;

bool passes(const WantedLabels& wanted, const Labels& labels);

struct Found {
  double score{0};
  std::string item_key;
};

/// The `most` best of what it has looked at. Of entries with equal scores the one whose item key is smaller, byte by
/// byte, comes first: the order of a Scan.
class Nearest {
 public:
  /// `search` outlives it.
  Nearest(const SearchVector& search, WantedLabels wanted, std::size_t most)
      : search_{search}, wanted_{std::move(wanted)}, most_{most} {}

  void look_at(const Snapshot& vectors);
  /// How many entries have passed and so were compared.
  [[nodiscard]] std::size_t compared() const { return compared_; }
  /// The best first. Ends the search.
  [[nodiscard]] std::vector<Found> take();
  /// Whether the first comes before the second.
  [[nodiscard]] bool is_before(const Found& left, const Found& right) const {
    return comes_before(left.score, left.item_key, right.score, right.item_key);
  }

 private:
  void look_at(const Chunk& chunk);
  [[nodiscard]] bool passes_at(const Chunk& chunk, std::size_t at) const;
  [[nodiscard]] bool comes_before(double score, std::string_view key, double other, std::string_view other_key) const {
    return search_.is_better(score, other) || (score == other && key < other_key);
  }

  const SearchVector& search_;
  const WantedLabels wanted_;
  const std::size_t most_;
  std::size_t compared_{0};
  std::vector<Found> best_;  ///< a heap, the worst in front
};

}  // namespace millrace::vectors
