#include "server/vectors/vector_cache.hpp"

#include <gtest/gtest.h>

#include <memory>

#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/vectors/distance.hpp"

namespace millrace::vectors {
namespace {

using State = VectorCache::State;

class VectorCacheTest : public ::testing::Test {
 protected:
  VectorCacheTest() { EXPECT_TRUE(storage_->begin().has_value()); }

  model::VectorIndexDefinition make_index(int entries) {
    model::VectorIndexDefinition index{.name = "near", .vector_attribute = "v", .dimensions = 4};
    index.keyspace = *storage_->create_keyspace();
    for (int number = 0; number < entries; ++number) write(index, number, 1);
    return index;
  }
  static VectorEntry entry(int number, float value) {
    return {
        .key = "key" + std::to_string(100000 + number), .item_key_offset = 0, .labels = {}, .vector = {value, 0, 0, 0}};
  }
  void write(const model::VectorIndexDefinition& index, int number, float value) {
    const auto written = entry(number, value);
    EXPECT_TRUE(storage_->write_row(index.keyspace, written.key, to_row(written), 16).has_value());
    cache_.put(index.keyspace, written);
  }
  void erase(const model::VectorIndexDefinition& index, int number) {
    EXPECT_TRUE(storage_->erase_row(index.keyspace, entry(number, 0).key).has_value());
    cache_.erase(index.keyspace, entry(number, 0).key);
  }
  State load(const model::VectorIndexDefinition& index) { return *cache_.load_portion(*storage_, index); }
  void load_all(const model::VectorIndexDefinition& index) {
    while (load(index) == State::kLoading) continue;
  }
  /// Entries, and the sum of their first floats.
  std::pair<std::size_t, double> held(const model::VectorIndexDefinition& index) {
    std::size_t count = 0;
    double sum = 0;
    const auto snapshot = cache_.snapshot(index.keyspace);
    for (const auto& chunk : snapshot.chunks()) {
      count += chunk->size();
      for (std::size_t at = 0; at < chunk->size(); ++at) sum += chunk->floats[at * packed_size(4)];
    }
    return {count, sum};
  }

  std::unique_ptr<storage::Storage> storage_{*storage::sqlite::SqliteStorage::open({})};
  VectorCache cache_{std::size_t{3} << 20U};
};

TEST_F(VectorCacheTest, IsFilledInPortions) {
  const auto index = make_index(2500);
  EXPECT_EQ(load(index), State::kLoading);
  EXPECT_EQ(load(index), State::kLoading);
  EXPECT_EQ(load(index), State::kLoaded);
  EXPECT_EQ(load(index), State::kLoaded);
  EXPECT_EQ(held(index), std::pair(std::size_t{2500}, 2500.0));
}

TEST_F(VectorCacheTest, WritesBetweenPortionsAreSeenOnce) {
  const auto index = make_index(2500);
  EXPECT_EQ(load(index), State::kLoading);
  write(index, 5, 10);     // read already
  write(index, 2400, 20);  // not yet
  erase(index, 6);
  erase(index, 2401);
  write(index, 3000, 30);
  load_all(index);
  EXPECT_EQ(held(index), std::pair(std::size_t{2499}, 2496.0 + 10 + 20 + 30));
}

TEST_F(VectorCacheTest, IsKeptUp) {
  const auto index = make_index(10);
  load_all(index);
  write(index, 3, 5);
  write(index, 11, 7);
  erase(index, 0);
  EXPECT_EQ(held(index), std::pair(std::size_t{10}, 8.0 + 5 + 7));
}

TEST_F(VectorCacheTest, WhatWasLostIsReadAnew) {
  const auto index = make_index(10);
  EXPECT_TRUE(storage_->commit().has_value());
  EXPECT_TRUE(storage_->begin().has_value());
  load_all(index);
  write(index, 3, 5);
  storage_->rollback();
  cache_.forget_all();
  load_all(index);
  EXPECT_EQ(held(index), std::pair(std::size_t{10}, 10.0));
}

TEST_F(VectorCacheTest, GivesUpWhatWasSearchedLeastRecently) {
  const auto first = make_index(6000);
  const auto second = make_index(6000);
  const auto third = make_index(6000);
  load_all(first);
  load_all(second);
  load(first);
  load_all(third);
  EXPECT_TRUE(cache_.holds(first.keyspace));
  EXPECT_FALSE(cache_.holds(second.keyspace));
  EXPECT_TRUE(cache_.holds(third.keyspace));
  EXPECT_LE(cache_.bytes(), std::size_t{3} << 20U);
}

TEST_F(VectorCacheTest, DoesNotKeepWhatIsLargerThanItself) {
  const auto index = make_index(30000);
  State state = load(index);
  while (state == State::kLoading) state = load(index);
  EXPECT_EQ(state, State::kTooLarge);
  EXPECT_EQ(cache_.bytes(), 0U);
  std::optional<std::string> from{std::string{}};
  std::size_t rows = 0;
  while (from) rows += read_portion(*storage_, index, {}, from)->size();
  EXPECT_EQ(rows, 30000U);
}

TEST_F(VectorCacheTest, ARowThatIsNoEntryIsDamage) {
  const auto index = make_index(3);
  EXPECT_TRUE(storage_->write_row(index.keyspace, "zzz", "{}", 2).has_value());
  const auto loaded = cache_.load_portion(*storage_, index);
  ASSERT_TRUE(loaded.has_error());
  EXPECT_EQ(loaded.error().kind, StorageErrorKind::kCorrupt);
  EXPECT_FALSE(cache_.holds(index.keyspace));
}

}  // namespace
}  // namespace millrace::vectors
