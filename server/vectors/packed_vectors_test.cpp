#include "server/vectors/packed_vectors.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "server/vectors/distance.hpp"

namespace millrace::vectors {
namespace {

VectorEntry entry(std::string key, std::vector<float> vector, std::string label = "x") {
  return {.key = std::move(key), .item_key_offset = 0, .labels = {std::move(label)}, .vector = std::move(vector)};
}

using Contents = std::map<std::string, std::pair<float, std::string>>;

/// Key to first float and label.
Contents contents(const Snapshot& snapshot, std::size_t stride) {
  Contents all;
  for (const auto& chunk : snapshot.chunks()) {
    EXPECT_GT(chunk->size(), 0U);
    for (std::size_t at = 0; at < chunk->size(); ++at) {
      EXPECT_TRUE(all.emplace(chunk->keys[at], std::pair{chunk->floats[at * stride], chunk->labels[0][at]}).second);
    }
  }
  return all;
}

TEST(PackedVectors, HoldWhatAMapHolds) {
  std::mt19937 random{5};
  for (const std::size_t dimensions : {1U, 300U, 4096U}) {  // chunks of 1024, 215 and 16
    const std::size_t stride = packed_size(dimensions);
    PackedVectors packed{1, dimensions};
    Contents expected;
    std::vector<std::pair<Snapshot, Contents>> earlier;
    for (int step = 0; step < 6000; ++step) {
      const std::string key = std::to_string(random() % 400);
      if (random() % 3 == 0) {
        packed.erase(key);
        expected.erase(key);
      } else {
        const auto value = static_cast<float>(step);
        std::vector<float> vector(dimensions);
        vector[0] = value;
        packed.put(entry(key, vector, std::to_string(step)));
        expected[key] = {value, std::to_string(step)};
      }
      if (step % 600 == 0) earlier.emplace_back(packed.snapshot(), expected);
    }
    EXPECT_EQ(packed.size(), expected.size());
    EXPECT_EQ(contents(packed.snapshot(), stride), expected);
    for (const auto& [snapshot, then] : earlier) EXPECT_EQ(contents(snapshot, stride), then);
    for (int number = 0; number < 400; ++number) packed.erase(std::to_string(number));
    EXPECT_EQ(packed.bytes(), 0U);
    EXPECT_TRUE(packed.snapshot().chunks().empty());
  }
}

}  // namespace
}  // namespace millrace::vectors
