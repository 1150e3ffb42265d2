#include "server/vectors/distance.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "server/vectors/nearest.hpp"

namespace millrace::vectors {
namespace {

using model::DistanceFunction;

double score_of(DistanceFunction function, const std::vector<float>& wanted, const std::vector<float>& vector) {
  return SearchVector{function, wanted}.score(vector);
}

TEST(Distance, IsThatOfTheReference) {
  EXPECT_EQ(score_of(DistanceFunction::kEuclidean, {1, 0, 0, 0}, {10, 0, 0, 0}), 9.0);
  EXPECT_EQ(score_of(DistanceFunction::kDotProduct, {1, 2, 3}, {4, -5, 6}), 12.0);
  EXPECT_EQ(score_of(DistanceFunction::kCosine, {1, 0}, {5, 0}), 0.0);
  EXPECT_EQ(score_of(DistanceFunction::kCosine, {1, 0}, {0, 3}), 1.0);
  EXPECT_EQ(score_of(DistanceFunction::kCosine, {1, 0}, {-3, 0}), 2.0);
}

TEST(Distance, OfEqualVectorsIsNothing) {
  std::mt19937 random{7};
  std::normal_distribution<float> draw;
  for (std::size_t dimensions : {1U, 7U, 8U, 9U, 100U, 4096U}) {
    std::vector<float> vector(dimensions);
    for (float& value : vector) value = draw(random);
    EXPECT_EQ(score_of(DistanceFunction::kCosine, vector, vector), 0.0) << dimensions;
    EXPECT_EQ(score_of(DistanceFunction::kEuclidean, vector, vector), 0.0) << dimensions;
  }
}

TEST(Distance, OfAVectorWithoutDirectionIsOne) {
  EXPECT_EQ(score_of(DistanceFunction::kCosine, {1, 2}, {0, 0}), 1.0);
  EXPECT_EQ(score_of(DistanceFunction::kCosine, {0, 0}, {0, 0}), 1.0);
}

TEST(Distance, OfTheLargestFloatsIsFinite) {
  const std::vector<float> large(4096, 3.4028235E38F);
  const std::vector<float> small(4096, -3.4028235E38F);
  for (const auto function : {DistanceFunction::kCosine, DistanceFunction::kDotProduct, DistanceFunction::kEuclidean}) {
    EXPECT_TRUE(std::isfinite(score_of(function, large, small)));
  }
}

/// What the definitions say, in double and without any arrangement.
double plain_score(DistanceFunction function, const std::vector<float>& left, const std::vector<float>& right) {
  double product = 0;
  double squares[2] = {};
  double distance = 0;
  for (std::size_t at = 0; at < left.size(); ++at) {
    const double a = left[at];
    const double b = right[at];
    product += a * b;
    squares[0] += a * a;
    squares[1] += b * b;
    distance += (a - b) * (a - b);
  }
  if (function == DistanceFunction::kDotProduct) return product;
  if (function == DistanceFunction::kEuclidean) return std::sqrt(distance);
  const double lengths = std::sqrt(squares[0] * squares[1]);
  return lengths > 0 ? 1 - product / lengths : 1;
}

// Numbers of few bits make every sum exact, and ties frequent: the results are the same, not just near.
TEST(Nearest, AreThoseOfBruteForce) {
  std::mt19937 random{11};
  for (int round = 0; round < 60; ++round) {
    const std::size_t dimensions = 1 + random() % 40;
    const std::size_t count = random() % 3000;
    const std::size_t most = 1 + random() % 100;
    std::uniform_int_distribution<int> draw{-4, 4};
    const auto vector = [&] {
      std::vector<float> values(dimensions);
      for (float& value : values) value = static_cast<float>(draw(random)) / 2;
      return values;
    };
    PackedVectors packed{2, dimensions};
    std::vector<VectorEntry> entries;
    for (std::size_t number = 0; number < count; ++number) {
      entries.push_back({.key = "h" + std::to_string(number),
                         .item_key_offset = 1,
                         .labels = {random() % 3 == 0 ? "" : std::to_string(random() % 2), "x"},
                         .vector = vector()});
      packed.put(entries.back());
    }
    const auto wanted_vector = vector();
    const Labels wanted{round % 2 == 0 ? "" : "1", ""};
    for (const auto function :
         {DistanceFunction::kCosine, DistanceFunction::kDotProduct, DistanceFunction::kEuclidean}) {
      std::vector<Found> expected;
      for (const auto& entry : entries) {
        if (!passes(wanted, entry.labels)) continue;
        expected.push_back({plain_score(function, wanted_vector, entry.vector), std::string{entry.item_key()}});
      }
      std::sort(expected.begin(), expected.end(), [function](const Found& left, const Found& right) {
        if (left.score != right.score) {
          return function == DistanceFunction::kDotProduct ? left.score > right.score : left.score < right.score;
        }
        return left.item_key < right.item_key;
      });
      const SearchVector search{function, wanted_vector};
      Nearest nearest{search, wanted, most};
      nearest.look_at(packed.snapshot());
      EXPECT_EQ(nearest.compared(), expected.size());
      expected.resize(std::min(expected.size(), most));
      const auto found = nearest.take();
      ASSERT_EQ(found.size(), expected.size());
      for (std::size_t at = 0; at < found.size(); ++at) {
        ASSERT_EQ(found[at].score, expected[at].score);
        ASSERT_EQ(found[at].item_key, expected[at].item_key);
      }
    }
  }
}

TEST(Nearest, OfAnyFloatsAreThoseOfBruteForceButForTheLastDigits) {
  std::mt19937 random{13};
  std::normal_distribution<float> draw;
  constexpr std::size_t kDimensions = 256;
  const auto vector = [&] {
    std::vector<float> values(kDimensions);
    for (float& value : values) value = draw(random);
    return values;
  };
  const auto wanted = vector();
  for (int round = 0; round < 500; ++round) {
    const auto other = vector();
    for (const auto function :
         {DistanceFunction::kCosine, DistanceFunction::kDotProduct, DistanceFunction::kEuclidean}) {
      EXPECT_NEAR(score_of(function, wanted, other), plain_score(function, wanted, other), 1e-11);
    }
  }
}

}  // namespace
}  // namespace millrace::vectors
