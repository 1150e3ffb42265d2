// What happens to a batch that fails: retries, age, bisecting, partial failures.
#include "harness/esm/delivery/shard_poller_fixture.hpp"

namespace millrace::esm {
namespace {

// --- Retries (reference, 4.4 and 4.5) ---

TEST_F(ShardPollerTest, SendsTheSameBatchAgainWithGrowingBackOff) {
  after(Started{});
  EXPECT_EQ(after(records({1, 2})), "invoke 1-2 attempt 0");
  const auto first_event = last<Invoke>().event;
  EXPECT_EQ(after(failed()), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 1-2 attempt 1");
  EXPECT_EQ(last<Invoke>().event, first_event);
  EXPECT_EQ(after(failed()), "sleep until 1500ms");
  EXPECT_EQ(after(Woken{}, 1s), "invoke 1-2 attempt 2");
  EXPECT_EQ(after(succeeded()), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "wait");
  EXPECT_EQ(poller().failures(), 0U);
}

TEST_F(ShardPollerTest, BackOffDoublesUpToItsCap) {
  const BackOff back_off;
  EXPECT_EQ(back_off.after(1), 500ms);
  EXPECT_EQ(back_off.after(2), 1s);
  EXPECT_EQ(back_off.after(7), 32s);
  EXPECT_EQ(back_off.after(8), 60s);
  EXPECT_EQ(back_off.after(4'000'000'000U), 60s);
  EXPECT_EQ((BackOff{2s, 1s}.after(1)), 1s);
  EXPECT_EQ((BackOff{0s, 0s}.after(5)), 0s);
}

TEST_F(ShardPollerTest, RetriesForeverByDefault) {
  after(Started{});
  after(records({1}));
  for (int attempt = 1; attempt < 200; ++attempt) {
    after(failed());
    ASSERT_EQ(after(Woken{}, 1min), fmt::format("invoke 1-1 attempt {}", attempt));
  }
}

TEST_F(ShardPollerTest, NRetriesAreNPlusOneInvocations) {
  for (const std::uint32_t retries : {0U, 1U, 3U}) {
    OneLanePoller poller{PollerSettings{.maximum_retry_attempts = retries}, 0};
    const auto told = [&](auto what) { return print(poller.resume(kStart, what)); };
    told(Started{});
    EXPECT_EQ(told(records({1, 2})), "invoke 1-2 attempt 0");
    for (std::uint32_t attempt = 1; attempt <= retries; ++attempt) {
      told(failed());
      EXPECT_EQ(told(Woken{}), fmt::format("invoke 1-2 attempt {}", attempt));
    }
    EXPECT_EQ(told(failed()), fmt::format("discard 1-2 retries after {}", retries + 1));
    EXPECT_EQ(told(Discarded{}), "checkpoint 2");
    EXPECT_EQ(told(Saved{}), "wait");
  }
}

TEST_F(ShardPollerTest, ThrottlesAndServiceErrorsDoNotCount) {
  settings_.maximum_retry_attempts = 1;
  after(Started{});
  after(records({1}));
  EXPECT_EQ(after(throttled()), "sleep until 500ms");
  after(Woken{}, 500ms);
  EXPECT_EQ(after(service_error()), "sleep until 1500ms");
  after(Woken{}, 1s);
  EXPECT_EQ(after(failed()), "sleep until 3500ms");
  after(Woken{}, 2s);
  EXPECT_EQ(after(failed()), "discard 1-1 retries after 4");
}

TEST_F(ShardPollerTest, AfterADiscardTheNextBatchIsSent) {
  settings_.maximum_retry_attempts = 0;
  settings_.batch_size = 1;
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(failed()), "discard 1-1 retries after 1");
  EXPECT_EQ(after(Discarded{}), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 0");
}

// --- Age (reference, 4.5) ---

TEST_F(ShardPollerTest, ExpiredLeadingRecordsAreDiscardedAndTheRestIsSent) {
  settings_.maximum_record_age = 60s;
  after(Started{});
  now_ += 90s;
  Page page;
  page.records = {record(1, kStart), record(2, kStart + 20s), record(3, kStart + 40s), record(4, kStart + 50s)};
  EXPECT_EQ(after(RecordsRead{std::move(page)}), "discard 1-2 age after 0");
  EXPECT_EQ(after(Discarded{}), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 3-4 attempt 0");
  EXPECT_EQ(event_sent(), R"({"Records":[{"n":3},{"n":4}]})");
}

TEST_F(ShardPollerTest, AgeIsCheckedAgainBeforeEveryRetry) {
  settings_.maximum_record_age = 60s;
  after(Started{});
  RecordsRead page{Page{{record(1, kStart), record(2, kStart + 30s)}, false, false}};
  EXPECT_EQ(after(std::move(page), 40s), "invoke 1-2 attempt 0");
  after(failed(), 10s);
  EXPECT_EQ(after(Woken{}, 15s), "discard 1-1 age after 1");
  after(Discarded{});
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 1");
  after(failed());
  EXPECT_EQ(after(Woken{}, 60s), "discard 2-2 age after 2");
  after(Discarded{});
  EXPECT_EQ(after(Saved{}), "wait");
}

TEST_F(ShardPollerTest, ARecordOfExactlyTheMaximumAgeIsStillSent) {
  settings_.maximum_record_age = 60s;
  after(Started{});
  EXPECT_EQ(after(records({1}), 60s), "invoke 1-1 attempt 0");
}

TEST_F(ShardPollerTest, RecordsThatHaveLeftTheStreamAreGivenUp) {
  after(Started{});
  after(records({1}));
  after(failed());
  EXPECT_EQ(after(Woken{}, 24h + 1s), "discard 1-1 retention after 1");
  after(Discarded{});
  EXPECT_EQ(after(Saved{}), "wait");
}

// --- Bisecting (reference, 4.6) ---

TEST_F(ShardPollerTest, BisectingFindsTheBadRecord) {
  settings_.bisect_on_function_error = true;
  settings_.maximum_retry_attempts = 0;
  after(Started{});
  EXPECT_EQ(after(records({1, 2, 3, 4, 5})), "invoke 1-5 attempt 0");  // record 4 is bad
  EXPECT_EQ(after(failed()), "invoke 1-2 attempt 0");                  // the first half is the smaller one
  EXPECT_EQ(after(succeeded()), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 3-5 attempt 0");
  EXPECT_EQ(after(failed()), "invoke 3-3 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 3");
  EXPECT_EQ(after(Saved{}), "invoke 4-5 attempt 0");
  EXPECT_EQ(after(failed()), "invoke 4-4 attempt 0");
  EXPECT_EQ(after(failed()), "discard 4-4 retries after 1");
  EXPECT_EQ(after(Discarded{}), "checkpoint 4");
  EXPECT_EQ(after(Saved{}), "invoke 5-5 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 5");
  EXPECT_EQ(after(Saved{}), "wait");
}

TEST_F(ShardPollerTest, SplittingTakesNoRetry) {
  settings_.bisect_on_function_error = true;
  settings_.maximum_retry_attempts = 1;
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(failed()), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(failed()), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 1-1 attempt 1");
  EXPECT_EQ(after(failed()), "discard 1-1 retries after 2");
}

TEST_F(ShardPollerTest, ThrottlesDoNotBisect) {
  settings_.bisect_on_function_error = true;
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(throttled()), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 1-2 attempt 1");
}

TEST_F(ShardPollerTest, LaterBatchesAreWholeAgainAfterABisection) {
  settings_.bisect_on_function_error = true;
  settings_.batch_size = 2;
  after(Started{});
  after(records({1, 2, 3, 4}));
  after(failed());
  after(succeeded());
  after(Saved{});
  after(succeeded());
  EXPECT_EQ(after(Saved{}), "invoke 3-4 attempt 0");
}

// --- Partial failures (reference, 4.8) ---

TEST_F(ShardPollerTest, TheWorkedExampleOfTheReference) {
  settings_.report_item_failures = true;
  settings_.batch_size = 3;
  settings_.maximum_retry_attempts = 3;
  const Reported six{6};
  after(Started{});
  EXPECT_EQ(after(records({1, 2, 3, 4, 5, 6})), "invoke 1-3 attempt 0");
  after(succeeded());
  EXPECT_EQ(after(Saved{}), "invoke 4-6 attempt 0");
  EXPECT_EQ(after(six.event()), "checkpoint 5");
  EXPECT_EQ(last<Checkpoint>().delivered, 2U);
  EXPECT_EQ(after(Saved{}), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 6-6 attempt 0");
  for (int attempt = 1; attempt <= 3; ++attempt) {
    after(six.event());
    EXPECT_EQ(after(Woken{}, 10s), fmt::format("invoke 6-6 attempt {}", attempt));
  }
  EXPECT_EQ(after(six.event()), "discard 6-6 retries after 4");
}

TEST_F(ShardPollerTest, TheLowestReportedRecordCounts) {
  settings_.report_item_failures = true;
  after(Started{});
  after(records({1, 2, 3, 4}));
  EXPECT_EQ(after(Reported({4, 2, 3}).event()), "checkpoint 1");
  after(Saved{});
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 2-4 attempt 0");
}

TEST_F(ShardPollerTest, ReportingTheFirstRecordIsNoProgressAndCounts) {
  settings_.report_item_failures = true;
  settings_.maximum_retry_attempts = 1;
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(Reported({1}).event()), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 1-2 attempt 1");
  EXPECT_EQ(after(Reported({1}).event()), "discard 1-2 retries after 2");
}

TEST_F(ShardPollerTest, AnUnknownIdentifierFailsTheWholeBatch) {
  settings_.report_item_failures = true;
  settings_.maximum_retry_attempts = 0;
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(Reported({2, 99}).event()), "discard 1-2 retries after 1");
}

TEST_F(ShardPollerTest, TheResponseIsIgnoredUnlessReportingIsOn) {
  after(Started{});
  after(records({1, 2}));
  EXPECT_EQ(after(Reported({1}).event()), "checkpoint 2");
}

TEST_F(ShardPollerTest, APartialResponseCutsInsteadOfBisecting) {
  settings_.report_item_failures = true;
  settings_.bisect_on_function_error = true;
  after(Started{});
  after(records({1, 2, 3, 4}));
  EXPECT_EQ(after(Reported({2}).event()), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 2-4 attempt 0");
  EXPECT_EQ(after(failed()), "invoke 2-2 attempt 0");  // an exception still halves
  EXPECT_EQ(after(succeeded()), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 3-4 attempt 0");
}

// --- Records that are damaged in storage ---

TEST_F(ShardPollerTest, ADamagedRecordIsGivenUpWhenItsRetriesAreUsedUp) {
  settings_.maximum_retry_attempts = 1;
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(damaged(3)), "sleep until 500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "read after 0");
  EXPECT_EQ(after(damaged(3)), "discard unreadable 1-3 retries after 0");
  EXPECT_EQ(after(Discarded{}), "checkpoint 3");
  EXPECT_EQ(after(Saved{false}), "sleep until 1500ms");
  EXPECT_EQ(after(Woken{}, 1s), "checkpoint 3");
  EXPECT_EQ(after(Saved{}), "read after 3");
  EXPECT_EQ(poller().checkpoint(), 3U);
  EXPECT_EQ(poller().failures(), 0U);
  EXPECT_EQ(after(damaged(4)), "sleep until 2000ms");  // another one has retries of its own
  EXPECT_EQ(after(Woken{}, 500ms), "read after 3");
  EXPECT_EQ(after(records({5})), "invoke 5-5 attempt 0");
}

TEST_F(ShardPollerTest, ADamagedRecordIsGivenUpWhenItIsTooOld) {
  settings_.maximum_record_age = 60s;
  after(Started{});
  after(damaged(3));
  EXPECT_EQ(after(Woken{}, 60s), "read after 0");
  EXPECT_EQ(after(damaged(3)), "sleep until 61000ms");
  EXPECT_EQ(after(Woken{}, 1s), "read after 0");
  EXPECT_EQ(after(damaged(3)), "discard unreadable 1-3 age after 0");
}

TEST_F(ShardPollerTest, WithoutLimitsADamagedRecordIsGivenUpAfterADay) {
  after(Started{});
  after(damaged(3));
  after(Woken{}, 24h);
  EXPECT_EQ(after(damaged(3)), "sleep until 86401000ms");
  after(Woken{}, 1s);
  EXPECT_EQ(after(damaged(3)), "discard unreadable 1-3 retention after 0");
}

TEST_F(ShardPollerTest, WhatWasReadBeforeADamagedRecordGoesFirst) {
  settings_.maximum_retry_attempts = 0;
  settings_.batching_window = 10s;
  settings_.batch_size = 2;
  after(Started{});
  EXPECT_EQ(after(with_more(records({1}))), "read after 1");
  EXPECT_EQ(after(damaged(4)), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "read after 1");
  EXPECT_EQ(after(damaged(4)), "discard unreadable 2-4 retries after 0");
  EXPECT_EQ(after(Discarded{}), "checkpoint 4");
  EXPECT_EQ(after(Saved{}), "read after 4");
  EXPECT_EQ(after(nothing()), "wait");
}

TEST_F(ShardPollerTest, ASuccessfulReadForgetsTheDamage) {
  settings_.maximum_retry_attempts = 1;
  after(Started{});
  after(damaged(1));
  after(Woken{}, 500ms);
  EXPECT_EQ(after(records({1})), "invoke 1-1 attempt 0");
  after(succeeded());
  EXPECT_EQ(after(Saved{}), "wait");
  EXPECT_EQ(after(Woken{}), "read after 1");
  EXPECT_EQ(after(damaged(2), 1ms), "sleep until 1001ms");
}

}  // namespace
}  // namespace millrace::esm
