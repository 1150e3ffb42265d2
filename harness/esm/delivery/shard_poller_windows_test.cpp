// Tumbling windows (reference, 4.9): which batches belong to one, what goes from one to the next, and how it ends.
#include <string_view>

#include "harness/esm/delivery/shard_poller_fixture.hpp"

namespace millrace::esm {
namespace {

/// kStart lies at the beginning of a window of this length.
constexpr Duration kLength = 30s;

Invoked kept(std::string_view state, std::string_view more = "") {
  return {lambda::Outcome::kSuccess,
          read_batch_response(std::string{R"({"state":)"}.append(state).append(more).append("}"))};
}

RecordsRead written(std::initializer_list<std::pair<Sequence, Duration>> records) {
  Page page;
  for (const auto& [sequence, since_start] : records) page.records.push_back(record(sequence, kStart + since_start));
  return {std::move(page)};
}

class WindowsTest : public ShardPollerTest {
 protected:
  void SetUp() override {
    settings_.tumbling_window = kLength;
    settings_.lanes = 4;  // there is one all the same
  }
  /// The event that was sent last, without what the function is told of the shard.
  [[nodiscard]] std::string window_sent() const {
    std::string text = event_sent();
    const auto begin = text.find(R"(,"shardId":)");
    const auto end = text.find(R"(,"isFinal)");
    return begin == std::string::npos ? text : text.erase(begin, end - begin);
  }
  [[nodiscard]] std::string state_saved() const {
    const auto& window = last<Checkpoint>().window;
    return window ? window->state : "none";
  }
  /// Record 1 of the window at kStart is delivered and saved.
  void open_window() {
    EXPECT_EQ(after(Started{}), "read after 0");
    EXPECT_EQ(after(written({{1, 1s}}), 1s), "invoke 1-1 attempt 0");
    EXPECT_EQ(after(kept(R"({"n":1})")), "checkpoint 1");
    EXPECT_EQ(after(Saved{}), "wait until 30000ms");
  }
};

TEST_F(WindowsTest, KeepsWhatTheFunctionAnswersFromBatchToBatch) {
  settings_.batch_size = 1;
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}, {2, 2s}}), 2s), "invoke 1-1 attempt 0");
  EXPECT_EQ(window_sent(), R"({"Records":[{"n":1}],"window":{"start":"2019-12-20T00:00:00Z",)"
                           R"("end":"2019-12-20T00:00:30Z"},"state":{},"isFinalInvokeForWindow":false,)"
                           R"("isWindowTerminatedEarly":false})");
  EXPECT_EQ(after(kept(R"({"sum":1})")), "checkpoint 1");
  EXPECT_EQ(state_saved(), R"({"sum":1})");
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 0");
  EXPECT_NE(window_sent().find(R"("Records":[{"n":2}],"window":{"start":"2019-12-20T00:00:00Z")"), std::string::npos);
  EXPECT_NE(window_sent().find(R"("state":{"sum":1})"), std::string::npos);
  EXPECT_EQ(after(kept(R"({"sum":2})")), "checkpoint 2");
  EXPECT_EQ(state_saved(), R"({"sum":2})");
}

TEST_F(WindowsTest, EndsWithoutRecordsWhenItsTimeIsOver) {
  open_window();
  EXPECT_EQ(after(Woken{}, 29s), "read after 1") << "who knows what was written just before the end";
  EXPECT_EQ(after(nothing()), "invoke 0-0 attempt 0");
  EXPECT_TRUE(last<Invoke>().ends_window);
  EXPECT_EQ(window_sent(), R"({"Records":[],"window":{"start":"2019-12-20T00:00:00Z",)"
                           R"("end":"2019-12-20T00:00:30Z"},"state":{"n":1},"isFinalInvokeForWindow":true,)"
                           R"("isWindowTerminatedEarly":false})");
  EXPECT_EQ(after(succeeded()), "checkpoint 1") << "its answer need not hold a state";
  EXPECT_EQ(state_saved(), "none");
  EXPECT_EQ(after(Saved{}), "wait") << "a window without records is none";
}

TEST_F(WindowsTest, ARecordOfTheNextOneEndsIt) {
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}, {2, 29'999ms}, {3, 30s}, {4, 95s}}), 100s), "invoke 1-2 attempt 0");
  EXPECT_EQ(after(kept(R"({"n":2})")), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 0-0 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 3-3 attempt 0");
  EXPECT_NE(window_sent().find(R"("window":{"start":"2019-12-20T00:00:30Z","end":"2019-12-20T00:01:00Z"},"state":{})"),
            std::string::npos);
  EXPECT_EQ(after(kept("{}")), "checkpoint 3");
  EXPECT_EQ(after(Saved{}), "invoke 0-0 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 3");
  EXPECT_EQ(after(Saved{}), "invoke 4-4 attempt 0");
}

TEST_F(WindowsTest, TheEndOfAShardEndsIt) {
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(at_end(written({{1, 1s}})), 1s), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(kept("{}")), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "invoke 0-0 attempt 0");
  EXPECT_EQ(after(succeeded()), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "finished");
}

/// What was written while the function was at work, and before the end of the window, belongs to it.
TEST_F(WindowsTest, DoesNotEndBeforeWhatWasWrittenLastIsRead) {
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}}), 1s), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(kept("{}"), 30s), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "wait until 30000ms") << "which has been: the wake comes at once";
  EXPECT_EQ(after(Woken{}), "read after 1");
  EXPECT_EQ(after(written({{2, 29s}})), "invoke 2-2 attempt 0");
  EXPECT_EQ(after(kept("{}")), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 0-0 attempt 0");
}

TEST_F(WindowsTest, CutsABatchingWindowShort) {
  settings_.batching_window = 60s;
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 20s}}), 20s), "wait until 30000ms");
  EXPECT_EQ(after(Woken{}, 10s), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(kept("{}")), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "read after 1") << "who knows what was written just before the end";
  EXPECT_EQ(after(nothing()), "invoke 0-0 attempt 0");
}

TEST_F(WindowsTest, ABatchThatAnswersWithoutStateHasFailed) {
  for (const std::string_view answer : {"null", "{}", R"({"state":null})", R"({"state":7})", "[]", "not json", ""}) {
    SCOPED_TRACE(answer);
    ShardPoller poller{settings_, 0};
    EXPECT_EQ(print(poller.resume(kStart, {LaneId::kReader, Started{}})), "read after 0");
    EXPECT_EQ(print(poller.resume(kStart, {LaneId::kReader, written({{1, 0s}})})), "invoke 1-1 attempt 0");
    const Invoked invoked{lambda::Outcome::kSuccess, read_batch_response(answer)};
    EXPECT_EQ(print(poller.resume(kStart, {LaneId::kFirst, invoked})), "sleep until 500ms");
  }
}

TEST_F(WindowsTest, AFailedBatchIsSentAgainWithTheSameState) {
  settings_.batch_size = 1;
  settings_.maximum_retry_attempts = 1;
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}, {2, 2s}, {3, 3s}}), 3s), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(kept(R"({"n":1})")), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 0");
  const std::string sent = event_sent();
  EXPECT_EQ(after(failed()), "sleep until 3500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 2-2 attempt 1");
  EXPECT_EQ(event_sent(), sent);
  EXPECT_EQ(after(failed()), "discard 2-2 retries after 2");
  EXPECT_EQ(after(Discarded{}), "checkpoint 2");
  EXPECT_EQ(state_saved(), R"({"n":1})") << "the last that was good";
  EXPECT_EQ(after(Saved{}), "invoke 3-3 attempt 0");
  EXPECT_NE(event_sent().find(R"("state":{"n":1})"), std::string::npos);
}

TEST_F(WindowsTest, HalvesTakeTheStateFromEachOther) {
  settings_.bisect_on_function_error = true;
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}, {2, 2s}}), 2s), "invoke 1-2 attempt 0");
  EXPECT_EQ(after(failed()), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(kept(R"({"n":1})")), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 0");
  EXPECT_NE(event_sent().find(R"("state":{"n":1})"), std::string::npos);
}

TEST_F(WindowsTest, APartialFailureKeepsTheStateOfWhatWasDone) {
  settings_.report_item_failures = true;
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}, {2, 2s}}), 2s), "invoke 1-2 attempt 0");
  const auto failing = [](Sequence sequence) {
    return R"(,"batchItemFailures":[{"itemIdentifier":")" + streams::to_sequence_number(sequence) + R"("}])";
  };
  EXPECT_EQ(after(kept(R"({"n":1})", failing(2))), "checkpoint 1");
  EXPECT_EQ(state_saved(), R"({"n":1})");
  EXPECT_EQ(after(Saved{}), "sleep until 2500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 2-2 attempt 0");
  EXPECT_NE(event_sent().find(R"("state":{"n":1})"), std::string::npos);
  EXPECT_EQ(after(kept(R"({"n":9})", failing(2))), "sleep until 3500ms") << "nothing was done, nothing is kept";
  EXPECT_EQ(after(Woken{}, 1s), "invoke 2-2 attempt 1");
  EXPECT_NE(event_sent().find(R"("state":{"n":1})"), std::string::npos);
}

TEST_F(WindowsTest, AFailingEndHoldsUpTheShardUntilItIsGivenUp) {
  settings_.maximum_retry_attempts = 1;
  open_window();
  EXPECT_EQ(after(Woken{}, 20s), "read after 1");
  EXPECT_EQ(after(written({{2, 31s}}), 11s), "invoke 0-0 attempt 0");
  EXPECT_EQ(after(failed()), "sleep until 32500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 0-0 attempt 1");
  EXPECT_EQ(after(failed()), "discard 0-0 retries after 2");
  EXPECT_TRUE(last<Discard>().ends_window);
  ASSERT_NE(last<Discard>().event, nullptr);
  EXPECT_NE(last<Discard>().event->find(R"("isFinalInvokeForWindow":true)"), std::string::npos);
  EXPECT_EQ(after(Discarded{}), "checkpoint 1");
  EXPECT_EQ(state_saved(), "none");
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 0");
  EXPECT_NE(event_sent().find(R"("state":{})"), std::string::npos);
}

TEST_F(WindowsTest, AnEndGetsAsOldAsARecord) {
  settings_.maximum_record_age = 60s;
  open_window();
  EXPECT_EQ(after(Woken{}, 200s), "read after 1");
  EXPECT_EQ(after(nothing()), "invoke 0-0 attempt 0") << "however late, it is sent once";
  EXPECT_EQ(after(failed()), "sleep until 201500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "discard 0-0 age after 1");
}

TEST_F(WindowsTest, ThrottlesOfTheEndAreNoAttempts) {
  settings_.maximum_retry_attempts = 0;
  open_window();
  EXPECT_EQ(after(Woken{}, 29s), "read after 1");
  EXPECT_EQ(after(nothing()), "invoke 0-0 attempt 0");
  EXPECT_EQ(after(throttled()), "sleep until 30500ms");
  EXPECT_EQ(after(Woken{}, 500ms), "invoke 0-0 attempt 1");
  EXPECT_EQ(after(succeeded()), "checkpoint 1");
}

TEST_F(WindowsTest, EndsEarlyWhenItsStateIsTooLargeAndGoesOnWithAFreshOne) {
  settings_.batch_size = 1;
  settings_.window_state_limit = 10;
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}, {2, 2s}}), 2s), "invoke 1-1 attempt 0");
  EXPECT_EQ(after(kept(R"({"n":77777})")), "checkpoint 1");
  EXPECT_TRUE(last<Checkpoint>().window->ends_early);
  EXPECT_EQ(after(Saved{}), "invoke 0-0 attempt 0");
  EXPECT_NE(event_sent().find(R"("isFinalInvokeForWindow":true,"isWindowTerminatedEarly":true)"), std::string::npos);
  EXPECT_EQ(after(succeeded()), "checkpoint 1");
  EXPECT_EQ(after(Saved{}), "invoke 2-2 attempt 0");
  EXPECT_NE(event_sent().find(R"("window":{"start":"2019-12-20T00:00:00Z","end":"2019-12-20T00:00:30Z"},"state":{})"),
            std::string::npos);
}

TEST_F(WindowsTest, ARestartGoesOnInTheMiddle) {
  ShardPoller poller{settings_, 5, {"arn", "shard"}, OpenWindow{kStart, kStart + kLength, R"({"n":5})", false}};
  const TimePoint later = kStart + 40s;
  EXPECT_EQ(print(poller.resume(later, {LaneId::kReader, Started{}})), "read after 5");
  const Actions actions = poller.resume(later, {LaneId::kReader, nothing()});
  ASSERT_EQ(print(actions), "invoke 0-0 attempt 0");
  EXPECT_EQ(*std::get<Invoke>(actions.front().what).event,
            R"({"Records":[],"window":{"start":"2019-12-20T00:00:00Z","end":"2019-12-20T00:00:30Z"},)"
            R"("state":{"n":5},"shardId":"shard","eventSourceARN":"arn","isFinalInvokeForWindow":true,)"
            R"("isWindowTerminatedEarly":false})");
}

TEST_F(WindowsTest, WithoutWindowsWhatACheckpointKeptOfOneIsDropped) {
  settings_.tumbling_window = Duration::zero();
  ShardPoller poller{settings_, 5, {"arn", "shard"}, OpenWindow{kStart, kStart + kLength, R"({"n":5})", false}};
  EXPECT_EQ(print(poller.resume(kStart + 40s, {LaneId::kReader, Started{}})), "read after 5");
  EXPECT_EQ(print(poller.resume(kStart + 40s, {LaneId::kReader, nothing()})), "wait");
}

TEST_F(WindowsTest, APayloadCountsTheState) {
  settings_.payload_limit = 400;
  settings_.window_state_limit = 1'000;
  EXPECT_EQ(after(Started{}), "read after 0");
  Page page;
  for (Sequence sequence = 1; sequence <= 4; ++sequence) page.records.push_back(record(sequence, kStart, 50));
  page.records.push_back(record(5, kStart, 50));
  settings_.report_item_failures = false;
  const std::string first = after(RecordsRead{std::move(page)});
  EXPECT_EQ(first, "invoke 1-2 attempt 0") << "as much as fits beside the members of the window";
  EXPECT_LE(event_sent().size(), 400U);
}

TEST_F(WindowsTest, WhatDoesNotFitBesideALargerStateIsCut) {
  settings_.payload_limit = 600;
  settings_.bisect_on_function_error = true;
  settings_.window_state_limit = 1'000;
  EXPECT_EQ(after(Started{}), "read after 0");
  Page page;
  for (Sequence sequence = 1; sequence <= 4; ++sequence) page.records.push_back(record(sequence, kStart, 80));
  EXPECT_EQ(after(RecordsRead{std::move(page)}), "invoke 1-4 attempt 0");
  EXPECT_EQ(after(failed()), "invoke 1-2 attempt 0");
  EXPECT_EQ(after(kept(R"({"n":")" + std::string(200, 'x') + R"("})")), "checkpoint 2");
  EXPECT_EQ(after(Saved{}), "invoke 3-3 attempt 0");
  EXPECT_EQ(after(kept("{}")), "checkpoint 3");
  EXPECT_EQ(after(Saved{}), "invoke 4-4 attempt 0");
}

TEST_F(WindowsTest, AStopInTheMiddleKeepsTheWindowOpen) {
  EXPECT_EQ(after(Started{}), "read after 0");
  EXPECT_EQ(after(written({{1, 1s}}), 1s), "invoke 1-1 attempt 0");
  EXPECT_EQ(print(poller().resume(now_, {LaneId::kReader, Stop{}})), "keep going");
  const Actions actions = poller().resume(now_, {LaneId::kFirst, kept(R"({"n":1})")});
  ASSERT_EQ(print(actions), "checkpoint 1");
  EXPECT_EQ(std::get<Checkpoint>(actions.front().what).window->state, R"({"n":1})");
  EXPECT_EQ(print(poller().resume(now_, {LaneId::kProgress, Saved{}})), "stopped");
}

}  // namespace
}  // namespace millrace::esm
