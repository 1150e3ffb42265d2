#include "server/jobs/retention_sweep.hpp"

#include <gtest/gtest.h>

#include "server/streams/streams_fixture.hpp"

namespace millrace::jobs {
namespace {

using std::chrono::hours;
using streams::ItemChange;
using streams::StreamDescriptor;

class RetentionSweepTest : public streams::StreamsFixture {};

TEST_F(RetentionSweepTest, AStepTrimsAsManyRecordsOfALongLogAsOfAShortOne) {
  for (const int records : {600, 2400}) {
    SCOPED_TRACE(records);
    const StreamDescriptor& stream = create_stream(1, "Table" + std::to_string(records));
    in_transaction([&] {
      for (int record = 0; record < records; ++record) {
        ItemChange change;
        change.keys_json = R"({"id":{"S":"a"}})";
        change.new_item_json = change.keys_json;
        EXPECT_TRUE(writer_.append_change(stream, change, time_.now()).has_value());
      }
      return 0;
    });
    time_.advance(hours{25});
    RetentionSweep sweep{*storage_, catalog_};
    sweep.begin(time_.now());
    const auto left = [&] {
      int count = 0;
      EXPECT_TRUE(storage_
                      ->read_records(stream.shards.front().log, 0,
                                     [&count](const storage::RecordView&) {
                                       ++count;
                                       return storage::Visit::kContinue;
                                     })
                      .has_value());
      return count;
    };
    while (left() == records) {
      in_transaction([&] { return sweep.step({}).has_value(); });
    }
    EXPECT_EQ(left(), records - 256);
    while (sweep.is_pending()) {
      in_transaction([&] { return sweep.step({}).has_value(); });
    }
    EXPECT_EQ(left(), 0);
  }
}

}  // namespace
}  // namespace millrace::jobs
