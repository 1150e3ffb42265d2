// Reading, batching, checkpoints and ends.
#include <stdexcept>

#include "harness/esm/delivery/shard_poller_fixture.hpp"

namespace millrace::esm {
namespace {

// --- Reading and batching (reference, 4.2) ---

TEST_F(ShardPollerTest, SendsWhatIsThereAndWaitsForMore) {
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(records({1, 2, 3})), "invoke 1-3 attempt 0");
  EXPECT_EQ(event_sent(), R"({"Records":[{"n":1},{"n":2},{"n":3}]})");
  EXPECT_EQ(after(succeeded()), "checkpoint 3");
  EXPECT_EQ(poller().checkpoint(), 0U);
  EXPECT_EQ(after(Saved{}), "wait");
  EXPECT_EQ(poller().checkpoint(), 3U);
  EXPECT_EQ(after(Woken{}), "read after 3");
  EXPECT_EQ(after(records({4})), "invoke 4-4 attempt 0");
}

TEST_F(ShardPollerTest, InvokesNothingWithoutRecords) {
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(nothing()), "wait");
  EXPECT_EQ(after(Woken{}), "read after 0");
  EXPECT_EQ(after(nothing()), "wait");
}

TEST_F(ShardPollerTest, ResumesBehindTheCheckpoint) {
  resume_after_ = 41;
  EXPECT_EQ(after(Started{}), "read after 41");
  EXPECT_EQ(poller().checkpoint(), 41U);
}

TEST_F(ShardPollerTest, CutsAPageIntoBatches) {
  settings_.batch_size = 2;
  after(Started{});
  EXPECT_EQ(after(records({1, 2, 3, 4, 5})), "invoke 1-2 attempt 0");
  EXPECT_EQ(poller().records_held(), 5U);
  EXPECT_EQ(after(succeeded()), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 3-4 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 4");
  EXPECT_EQ(after(Saved{}), "invoke 5-5 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 5");
  EXPECT_EQ(after(Saved{}), "wait");
}

TEST_F(ShardPollerTest, FillsABatchFromABacklogOfSeveralPages) {
  settings_.batch_size = 3;
  after(Started{});
  EXPECT_EQ(after(with_more(records({1, 2}))), "read after 2");
  EXPECT_EQ(after(with_more(records({3, 4}))), "invoke 1-3 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 3");
  EXPECT_EQ(after(Saved{}), "read after 4");
  EXPECT_EQ(after(records({5})), "invoke 4-5 attempt 0");
}

TEST_F(ShardPollerTest, ABatchThatIsLargerThanAPageIsWhatOneReadReturns) {
  settings_.batch_size = 10'000;
  settings_.page.records = 2;
  after(Started{});
  EXPECT_EQ(after(with_more(records({1, 2}))), "invoke 1-2 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "read after 2");
}

TEST_F(ShardPollerTest, HoldsOneBatchAndOnePageAtMost) {
  settings_.batch_size = 4;
  after(Started{});
  after(with_more(records({1, 2, 3})));
  EXPECT_EQ(after(with_more(records({4, 5, 6}))), "invoke 1-4 attempt 0");
  EXPECT_LE(poller().records_held(), 4U + 3U);
}

TEST_F(ShardPollerTest, ABatchEndsBeforeThePayloadLimit) {
  settings_.payload_limit = 14 + 100 + 1 + 100;  // envelope, two records and the comma between them
  after(Started{});
  RecordsRead page{Page{{record(1, kStart, 100), record(2, kStart, 100), record(3, kStart, 100)}, false, false}};
  EXPECT_EQ(after(std::move(page)), "invoke 1-2 attempt 0");
  EXPECT_EQ(event_sent().size(), settings_.payload_limit);
  after(succeeded());
  EXPECT_EQ(after(Saved{}), "invoke 3-3 attempt 0");
}

TEST_F(ShardPollerTest, ARecordAboveThePayloadLimitIsSentAlone) {
  settings_.payload_limit = 50;
  after(Started{});
  EXPECT_EQ(after(RecordsRead{Page{{record(1, kStart, 200), record(2)}, false, false}}), "invoke 1-1 attempt 0");
}

TEST_F(ShardPollerTest, ReadsAgainAfterAFailedReadWithBackOff) {
  after(Started{});
  EXPECT_EQ(after(read_failed()), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "read after 0");
  EXPECT_EQ(after(read_failed()), "sleep until 1500ms");
  EXPECT_EQ(after(Woken{}, 1s), "read after 0");
  EXPECT_EQ(after(records({1})), "invoke 1-1 attempt 0");
}

// --- Batching window ---

TEST_F(ShardPollerTest, AWindowStartsWithTheFirstRecordAndCollectsUntilItEnds) {
  settings_.batching_window = 5s;
  after(Started{});
  EXPECT_EQ(after(nothing(), 10s), "wait");
  EXPECT_EQ(after(Woken{}, 1s), "read after 0");
  EXPECT_EQ(after(records({1})), "wait until 16000ms");
  EXPECT_EQ(after(Woken{}, 2s), "read after 1");
  EXPECT_EQ(after(records({2})), "wait until 16000ms");
  EXPECT_EQ(after(Woken{}, 3s), "invoke 1-2 attempt 0");
}

TEST_F(ShardPollerTest, AFullBatchDoesNotWaitForItsWindow) {
  settings_.batching_window = 300s;
  settings_.batch_size = 2;
  after(Started{});
  EXPECT_EQ(after(records({1})), "wait until 300000ms");
  EXPECT_EQ(after(Woken{}), "read after 1");
  EXPECT_EQ(after(records({2, 3})), "invoke 1-2 attempt 0");
}

TEST_F(ShardPollerTest, AFullPayloadDoesNotWaitForItsWindow) {
  settings_.batching_window = 300s;
  settings_.payload_limit = 150;
  after(Started{});
  EXPECT_EQ(after(RecordsRead{Page{{record(1, kStart, 100)}, false, false}}), "wait until 300000ms");
  after(Woken{});
  EXPECT_EQ(after(RecordsRead{Page{{record(2, kStart, 100)}, false, false}}), "invoke 1-1 attempt 0");
}

TEST_F(ShardPollerTest, TheNextWindowStartsWhenTheInvocationHasEnded) {
  settings_.batching_window = 5s;
  settings_.batch_size = 2;
  after(Started{});
  after(records({1, 2, 3}));
  after(succeeded(), 60s);
  EXPECT_EQ(after(Saved{}), "wait until 65000ms");
  EXPECT_EQ(after(Woken{}, 5s), "invoke 3-3 attempt 0");
  after(succeeded());
  EXPECT_EQ(after(Saved{}), "read after 3");  // the wake at the window's end may have been a commit too
}

TEST_F(ShardPollerTest, TheEndOfTheShardEndsTheWindow) {
  settings_.batching_window = 300s;
  after(Started{});
  EXPECT_EQ(after(at_end(records({1}))), "invoke 1-1 attempt 0");
}

// --- Checkpoints ---

TEST_F(ShardPollerTest, RepeatsACheckpointThatFailedAndSendsNothingBeforeItIsSaved) {
  settings_.batch_size = 1;
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(succeeded()), "checkpoint 1");
  EXPECT_EQ(after(Saved{false}), "sleep until 500ms");
  EXPECT_EQ(poller().checkpoint(), 0U);
  EXPECT_EQ(after(Woken{}, 500ms), "checkpoint 1");
  EXPECT_EQ(after(Saved{false}), "sleep until 1500ms");
  EXPECT_EQ(after(Woken{}, 1s), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 0");
  EXPECT_EQ(poller().checkpoint(), 1U);
}

TEST_F(ShardPollerTest, CountsDeliveredRecordsOnce) {
  after(Started{});
  after(records({1, 2}));
  after(succeeded());
  EXPECT_EQ(last<Checkpoint>().delivered, 2U);
  after(Saved{false});
  after(Woken{}, 1s);
  EXPECT_EQ(last<Checkpoint>().delivered, 0U);
}

// --- Ends ---

TEST_F(ShardPollerTest, AClosedShardIsFinishedWhenItsLastRecordIsSaved) {
  after(Started{});
  EXPECT_EQ(after(at_end(records({1}))), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "finished");
}

TEST_F(ShardPollerTest, AnEmptyClosedShardIsFinishedAtOnce) {
  after(Started{});
  EXPECT_EQ(after(at_end(nothing())), "finished");
}

TEST_F(ShardPollerTest, StopsAtOnceWhenNothingIsUnderWay) {
  after(Started{});
  EXPECT_EQ(after(nothing()), "wait");
  EXPECT_EQ(after(Stop{}), "stopped");
}

TEST_F(ShardPollerTest, StopLetsAnInvocationEndAndSavesWhatItDid) {
  settings_.batch_size = 1;
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(Stop{}), "keep going");
  EXPECT_EQ(after(succeeded()), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "stopped");
}

TEST_F(ShardPollerTest, StopEndsABackOffAndAFailingBatch) {
  after(Started{});
  after(records({1}));
  after(failed());
  EXPECT_EQ(after(Stop{}), "stopped");
}

TEST_F(ShardPollerTest, StopDoesNotRetryWhatFailsMeanwhile) {
  for (const Invoked& answer : {failed(), throttled(), service_error()}) {
    OneLanePoller poller{PollerSettings{.bisect_on_function_error = true}, 0};
    const auto told = [&](auto what) { return print(poller.resume(kStart, what)); };
    told(Started{});
    told(records({1, 2}));
    EXPECT_EQ(told(Stop{}), "keep going");
    EXPECT_EQ(told(answer), "stopped");
  }
}

TEST_F(ShardPollerTest, StopWhileReadingSendsNothing) {
  after(Started{});
  EXPECT_EQ(after(Stop{}), "keep going");
  EXPECT_EQ(after(records({1})), "stopped");
}

TEST_F(ShardPollerTest, StopDoesNotInsistOnACheckpointThatFails) {
  after(Started{});
  after(records({1}));
  after(succeeded());
  EXPECT_EQ(after(Stop{}), "keep going");
  EXPECT_EQ(after(Saved{false}), "stopped");
  EXPECT_EQ(poller().checkpoint(), 0U);
}

TEST_F(ShardPollerTest, AnAnswerToSomethingElseIsABugOfTheDriver) {
  after(Started{});
  EXPECT_THROW(after(Saved{}), std::logic_error);
  EXPECT_THROW(after(succeeded()), std::logic_error);
  EXPECT_THROW(after(Woken{}), std::logic_error);
}

}  // namespace
}  // namespace millrace::esm
