#include "server/vectors/distance.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace millrace::vectors {
namespace {

// Vectors of the compiler, on any machine: a loop over an array of partial sums it does not keep in registers.
// They are as wide as any 64-bit processor's registers.
constexpr std::size_t kWidth = 2;
using Floats = float __attribute__((vector_size(kWidth * sizeof(float))));
using Doubles = double __attribute__((vector_size(kWidth * sizeof(double))));

inline Doubles load(const float* from) {
  Floats floats;
  std::memcpy(&floats, from, sizeof floats);
  return __builtin_convertvector(floats, Doubles);
}
inline Doubles load(const double* from) {
  Doubles doubles;
  std::memcpy(&doubles, from, sizeof doubles);
  return doubles;
}

/// Adds term(a, b) over all pairs; `count` is a multiple of kStep.
template <class Left, class Term>
inline double sum(const Left* left, const float* right, std::size_t count, Term term) {
  static_assert(kStep == 4 * kWidth);
  Doubles first{};
  Doubles second{};
  Doubles third{};
  Doubles fourth{};
  for (std::size_t at = 0; at < count; at += kStep) {
    term(first, load(left + at), load(right + at));
    term(second, load(left + at + kWidth), load(right + at + kWidth));
    term(third, load(left + at + 2 * kWidth), load(right + at + 2 * kWidth));
    term(fourth, load(left + at + 3 * kWidth), load(right + at + 3 * kWidth));
  }
  first = (first + second) + (third + fourth);
  return first[0] + first[1];
}

constexpr auto kProduct = [](Doubles& into, const Doubles& left, const Doubles& right) { into += left * right; };
constexpr auto kSquareOfDifference = [](Doubles& into, const Doubles& left, const Doubles& right) {
  const Doubles difference = left - right;
  into += difference * difference;
};

std::vector<float> packed(std::span<const float> vector) {
  std::vector<float> copy(packed_size(vector.size()));
  std::ranges::copy(vector, copy.begin());
  return copy;
}

}  // namespace

double square_of(std::span<const float> vector) {
  const auto copy = packed(vector);
  return sum(copy.data(), copy.data(), copy.size(), kProduct);
}

SearchVector::SearchVector(model::DistanceFunction function, std::span<const float> vector)
    : function_{function}, dimensions_{vector.size()}, values_(packed_size(vector.size())), square_{square_of(vector)} {
  std::ranges::copy(vector, values_.begin());
}

double SearchVector::score(const float* packed_vector, double square) const {
  switch (function_) {
    case model::DistanceFunction::kDotProduct: return sum(values_.data(), packed_vector, values_.size(), kProduct);
    case model::DistanceFunction::kEuclidean:
      return std::sqrt(sum(values_.data(), packed_vector, values_.size(), kSquareOfDifference));
    case model::DistanceFunction::kCosine: break;
  }
  const double product = sum(values_.data(), packed_vector, values_.size(), kProduct);
  // One root: that of a square is exact, so that equal vectors are at 0.
  const double lengths = std::sqrt(square_ * square);
  return lengths > 0 ? std::clamp(1 - product / lengths, 0.0, 2.0) : 1.0;
}

double SearchVector::score(std::span<const float> vector) const {
  return score(packed(vector).data(), square_of(vector));
}

}  // namespace millrace::vectors
