// How far two vectors are apart (API reference, 3.13): COSINE is 1 - their cosine similarity, from 0 to 2; EUCLIDEAN is
// their distance; DOT_PRODUCT is their inner product, of which more is nearer. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "server/model/table_definition.hpp"

namespace millrace::vectors {

/// Packed vectors lie this many floats apart, or a multiple of it; what is left over is zero.
inline constexpr std::size_t kStep = 8;
constexpr std::size_t packed_size(std::size_t dimensions) { return (dimensions + kStep - 1) / kStep * kStep; }

/// Sum of the squares.
double square_of(std::span<const float> vector);

/// What is searched for.
class SearchVector {
 public:
  SearchVector(model::DistanceFunction function, std::span<const float> vector);

  [[nodiscard]] std::size_t dimensions() const { return dimensions_; }
  /// The score of a packed vector with as many dimensions, whose square_of() is `square`. A vector of zeros has no
  /// direction: its cosine similarity to all others counts as 0.
  [[nodiscard]] double score(const float* packed, double square) const;
  /// The same of a vector that is not packed.
  [[nodiscard]] double score(std::span<const float> vector) const;
  /// Whether a score is better than another one.
  [[nodiscard]] bool is_better(double score, double other) const {
    return function_ == model::DistanceFunction::kDotProduct ? score > other : score < other;
  }

 private:
  model::DistanceFunction function_;
  std::size_t dimensions_;
  std::vector<double> values_;  ///< packed
  double square_;
};

}  // namespace millrace::vectors
