// Snapshots are read and dropped beside writes. Meant for ThreadSanitizer.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "server/vectors/nearest.hpp"
#include "server/vectors/packed_vectors.hpp"

namespace millrace::vectors {
namespace {

void write(PackedVectors& packed, int number, float value) {
  packed.put(
      {.key = std::to_string(number), .item_key_offset = 0, .labels = {"x"}, .vector = std::vector<float>(8, value)});
}

// What a snapshot holds is not written, and may be dropped anywhere.
TEST(PackedVectorsThreads, AreSearchedWhileTheyAreWritten) {
  PackedVectors packed{1, 8};
  for (int number = 0; number < 3000; ++number) {
    write(packed, number, 1.0F);
  }
  for (int round = 0; round < 20; ++round) {
    std::thread searcher{[snapshot = packed.snapshot()] {
      const SearchVector search{model::DistanceFunction::kDotProduct, std::vector<float>(8, 1.0F)};
      Nearest nearest{search, {""}, 3};
      nearest.look_at(snapshot);
      EXPECT_EQ(nearest.compared(), 3000U);
    }};
    for (int number = 0; number < 300; ++number) {
      write(packed, number, static_cast<float>(round));
    }
    searcher.join();
  }
}

}  // namespace
}  // namespace millrace::vectors
