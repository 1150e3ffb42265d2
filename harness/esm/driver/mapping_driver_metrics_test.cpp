// What AWS's metrics of event counts are made of.
#include "harness/esm/driver/mapping_driver_fixture.hpp"
#include "harness/esm/source/record_filter.hpp"

namespace millrace::esm {
namespace {

class EvenRecords final : public RecordFilter {
 public:
  [[nodiscard]] bool passes(const Record& record) const override { return record.sequence % 2 == 0; }
};

TEST_F(MappingDriverTest, CountsRecordsAsTheyAreReadFilteredSentAndFail) {
  PollerSettings settings;
  settings.filter = std::make_shared<const EvenRecords>();
  settings.report_item_failures = true;
  use(settings);
  start_idle();
  driver_->wake(1);
  ports_.expect("read shard-1 after 0");
  ports_.page["shard-1"](page_of({1, 2, 3, 4, 6}));
  ports_.expect("save shard-1 upto 1");
  ports_.saved({});
  ports_.expect(R"(invoke {"Records":[2,4,6]})");
  EXPECT_EQ(statistics_->records_polled, 5U);
  EXPECT_EQ(statistics_->records_filtered_out, 2U);
  EXPECT_EQ(statistics_->records_invoked, 3U);
  ports_.invoked(failure());
  EXPECT_EQ(statistics_->records_failed, 3U);
  time_.advance(std::chrono::seconds{1});
  ports_.expect(R"(invoke {"Records":[2,4,6]})");
  EXPECT_EQ(statistics_->records_invoked, 6U) << "those of a retry again";
  lambda::InvocationResult partly = success();
  partly.payload = R"({"batchItemFailures":[{"itemIdentifier":"100000000000000000004"}]})";
  ports_.invoked(partly);
  EXPECT_EQ(statistics_->records_failed, 5U) << "of a part that failed only those";
  ports_.expect("save shard-1 upto 3");
}

TEST_F(MappingDriverTest, RemembersTheRecordsThatWereGivenUp) {
  PollerSettings settings;
  settings.maximum_retry_attempts = 0;
  use(settings);
  start_invoking();
  ports_.invoked(failure());
  EXPECT_EQ(statistics_->records_dropped, 1U);
  ASSERT_EQ(statistics_->recent_discards.size(), 1U);
  const DiscardedRange& range = statistics_->recent_discards.front();
  EXPECT_EQ(range.shard, "shard-1");
  EXPECT_EQ(range.first, 1U);
  EXPECT_EQ(range.last, 1U);
  EXPECT_EQ(range.reason, "its retries are used up");
  ports_.expect("save shard-1 upto 1");
}

}  // namespace
}  // namespace millrace::esm
