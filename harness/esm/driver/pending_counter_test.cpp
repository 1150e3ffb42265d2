#include "harness/esm/driver/pending_counter.hpp"

#include <gtest/gtest.h>

#include "harness/esm/driver/mapping_report.hpp"
#include "server/storage/map_storage.hpp"

namespace millrace::esm {
namespace {

/// One shard of records 1, 2, 3 and so on; counts how often it is asked.
class Numbers final : public StreamSource {
 public:
  explicit Numbers(Sequence last) : last_{last} {}

  std::optional<std::vector<SourceShard>> shards(std::string_view) override { return std::nullopt; }
  std::optional<StreamEnd> end_of(std::string_view) override { return std::nullopt; }
  StorageResult<Sequence> latest_position(std::string_view, std::string_view) override { return last_; }
  StorageResult<Page> read(std::string_view, std::string_view, Sequence, const ReadLimits&, Partitions) override {
    return Page{};
  }
  StorageResult<PageLength> count(std::string_view, std::string_view shard_id, Sequence after,
                                  const ReadLimits& limits) override {
    ++asked;
    if (shard_id == "damaged") return StorageError{StorageErrorKind::kCorrupt, "told to fail"};
    const Sequence end = std::min(last_, after + limits.records);
    return PageLength{static_cast<std::size_t>(end - after), end, end < last_};
  }

  int asked{0};

 private:
  const Sequence last_;
};

TEST(PendingCounterTest, CountsPageByPageAndAlikeOnce) {
  storage::MapStorage storage;
  storage::GroupCommit gate{storage, [] {}};
  Numbers streams{2'500};
  PendingCounter counter{gate, streams};
  EXPECT_EQ(counter.count("stream", "shard", 0), 2'500U);
  EXPECT_EQ(streams.asked, 3);
  for (int mapping = 0; mapping < 1'000; ++mapping) EXPECT_EQ(counter.count("stream", "shard", 0), 2'500U);
  EXPECT_EQ(streams.asked, 3) << "a thousand mappings that are as far";
  EXPECT_EQ(counter.count("stream", "shard", 2'499), 1U);
  EXPECT_EQ(counter.count("stream", "damaged", 0), 0U);
}

TEST(PendingCounterTest, StopsWhereNobodyWantsToKnow) {
  storage::MapStorage storage;
  storage::GroupCommit gate{storage, [] {}};
  Numbers streams{1'000'000};
  PendingCounter counter{gate, streams};
  EXPECT_EQ(counter.count("stream", "shard", 0), kMaxPendingCounted);
  EXPECT_LE(streams.asked, 10);
}

}  // namespace
}  // namespace millrace::esm
