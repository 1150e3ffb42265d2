#include "server/engine/checkpoint_driver.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <deque>

#include "server/engine/scripted_storage.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::engine {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kCopy = CheckpointDriver::kPagesToCopy;
constexpr std::size_t kWrites = CheckpointDriver::kPagesWritesWait;
constexpr std::size_t kJobs = CheckpointDriver::kPagesJobsWait;
constexpr std::size_t kRestart = CheckpointDriver::kPagesToRestart;
constexpr std::size_t kClose = CheckpointDriver::kPagesToClose;

class CheckpointDriverTest : public ::testing::Test {
 protected:
  CheckpointDriverTest() { spdlog::set_level(spdlog::level::off); }  // checkpoints fail on purpose
  ~CheckpointDriverTest() override { spdlog::set_level(spdlog::level::info); }

  void commit(std::size_t pages) {
    log_.commit(pages);
    driver_.wake();
  }
  bool run_one() {
    if (aside_.empty()) return false;
    const auto [work, done] = std::move(aside_.front());
    aside_.pop_front();
    work();
    done();
    return true;
  }

  time::VirtualRealTime time_{RealTime::TimePoint{}};
  ScriptedStorage storage_;
  ScriptedCheckpointer& log_{storage_.keep_log()};
  storage::GroupCommit gate_{storage_, [] {}};
  std::deque<std::pair<std::function<void()>, std::function<void()>>> aside_;
  int progress_{0};
  CheckpointDriver driver_{gate_, time_,
                           [this](std::function<void()> work, std::function<void()> done) {
                             aside_.emplace_back(std::move(work), std::move(done));
                           },
                           [this] { ++progress_; }};
};

TEST_F(CheckpointDriverTest, AStorageWithoutALogNeedsNone) {
  ScriptedStorage memory;
  storage::GroupCommit gate{memory, [] {}};
  CheckpointDriver driver{gate, time_, [](const auto&, const auto&) { FAIL(); }, [] {}};
  driver.wake();
  EXPECT_FALSE(driver.keeps_jobs_waiting());
}

TEST_F(CheckpointDriverTest, CopiesAsideOnceEnoughIsInTheLog) {
  commit(kCopy - 1);
  EXPECT_TRUE(aside_.empty());
  commit(1);
  commit(1);
  ASSERT_EQ(aside_.size(), 1U) << "one at a time";
  EXPECT_EQ(log_.checkpoints(), 0) << "never from within wake()";
  run_one();
  EXPECT_EQ(log_.fill().uncopied, 0U);
  EXPECT_EQ(progress_, 1);
  EXPECT_TRUE(aside_.empty());
  EXPECT_FALSE(gate_.holds_writes());
}

TEST_F(CheckpointDriverTest, GoesOnWhileMuchIsWrittenMeanwhile) {
  commit(kCopy);
  log_.commit_during_checkpoint(kCopy);
  run_one();
  ASSERT_EQ(aside_.size(), 1U);
  log_.commit_during_checkpoint(kCopy - 1);
  run_one();
  EXPECT_TRUE(aside_.empty());
}

TEST_F(CheckpointDriverTest, JobsWaitWhileTheDiskIsBehind) {
  commit(kJobs - 1);
  EXPECT_FALSE(driver_.keeps_jobs_waiting());
  commit(1);
  EXPECT_TRUE(driver_.keeps_jobs_waiting());
  run_one();
  EXPECT_FALSE(driver_.keeps_jobs_waiting());
}

TEST_F(CheckpointDriverTest, WritesWaitForACheckpointThatComesTooLate) {
  commit(kCopy);
  EXPECT_FALSE(gate_.holds_writes());
  commit(kWrites);
  EXPECT_TRUE(gate_.holds_writes());
  ASSERT_EQ(aside_.size(), 1U);
  run_one();
  EXPECT_FALSE(gate_.holds_writes());
  EXPECT_TRUE(aside_.empty());
}

TEST_F(CheckpointDriverTest, ALogThatWritesNeverLetRestIsClosedOnceLittleIsLeft) {
  commit(kRestart);
  EXPECT_TRUE(driver_.keeps_jobs_waiting()) << "they would write more than clients should wait for";
  log_.commit_during_checkpoint(kClose + 1);
  run_one();
  EXPECT_FALSE(gate_.holds_writes()) << "still too much";
  EXPECT_TRUE(driver_.keeps_jobs_waiting());
  log_.commit_during_checkpoint(kClose);
  run_one();
  EXPECT_TRUE(gate_.holds_writes());
  EXPECT_TRUE(driver_.keeps_jobs_waiting());
  run_one();
  EXPECT_FALSE(gate_.holds_writes());
  EXPECT_FALSE(driver_.keeps_jobs_waiting());
  EXPECT_EQ(log_.fill().uncopied, 0U);
  EXPECT_TRUE(aside_.empty());
  commit(7);
  EXPECT_EQ(log_.fill().pages, 7U);
  EXPECT_TRUE(aside_.empty());
}

TEST_F(CheckpointDriverTest, ALogThatGrowsFasterThanItIsCopiedIsClosedAllTheSame) {
  commit(CheckpointDriver::kPagesAtMost);
  log_.commit_during_checkpoint(2 * kCopy);
  run_one();
  EXPECT_TRUE(gate_.holds_writes());
  run_one();
  EXPECT_EQ(log_.fill().uncopied, 0U);
  EXPECT_FALSE(gate_.holds_writes());
}

TEST_F(CheckpointDriverTest, TheGroupThatWasOpenWhenWritesWereHeldIsCopiedToo) {
  commit(kRestart);
  log_.commit_during_checkpoint(10);
  run_one();
  ASSERT_TRUE(gate_.holds_writes());
  log_.commit_during_checkpoint(2 * kClose);
  run_one();
  EXPECT_TRUE(gate_.holds_writes());
  run_one();
  EXPECT_FALSE(gate_.holds_writes());
  EXPECT_EQ(log_.fill().uncopied, 0U);
}

TEST_F(CheckpointDriverTest, WhoAlwaysWritesAllTheSameDoesNotKeepTheOthersOut) {
  commit(kRestart);
  for (int attempt = 0; attempt <= CheckpointDriver::kAttemptsToClose; ++attempt) {
    log_.commit_during_checkpoint(3);
    run_one();
  }
  EXPECT_FALSE(gate_.holds_writes());
  EXPECT_FALSE(driver_.keeps_jobs_waiting()) << "or nothing might be committed that lets it be tried again";
  EXPECT_TRUE(aside_.empty());
  commit(5);
  run_one();
  EXPECT_EQ(log_.fill().uncopied, 0U);
}

TEST_F(CheckpointDriverTest, AFailureIsTriedAgainAfterASecondAndHoldsNobody) {
  commit(kJobs);
  log_.fail_next();
  run_one();
  EXPECT_EQ(progress_, 0);
  EXPECT_TRUE(driver_.keeps_jobs_waiting());
  commit(kCopy);
  EXPECT_TRUE(aside_.empty());
  time_.advance(1s);
  ASSERT_EQ(aside_.size(), 1U);
  run_one();
  EXPECT_EQ(log_.fill().uncopied, 0U);
  EXPECT_EQ(progress_, 1);

  commit(kRestart);
  log_.commit_during_checkpoint(10);
  run_one();
  ASSERT_TRUE(gate_.holds_writes());
  log_.fail_next();
  run_one();
  EXPECT_FALSE(gate_.holds_writes());
}

}  // namespace
}  // namespace millrace::engine
