#include "server/storage/group_commit.hpp"

#include <gtest/gtest.h>

#include <future>
#include <optional>
#include <stdexcept>
#include <thread>

#include "server/storage/map_storage.hpp"

namespace millrace::storage {
namespace {

class GroupCommitTest : public testing::Test {
 protected:
  GroupCommitTest() {
    EXPECT_TRUE(storage_.begin().has_value());
    keyspace_ = storage_.create_keyspace().value();
    log_ = storage_.create_log().value();
    EXPECT_TRUE(storage_.commit().has_value());
    gate_.on_commit([this](const std::vector<LogId>& logs) { committed_logs_.push_back(logs); });
  }

  Ticket write(std::string_view key) {
    const auto entry = gate_.enter(Access::kWrite);
    EXPECT_TRUE(entry.status().has_value());
    EXPECT_TRUE(storage_.write_row(keyspace_, key, "{}", 2).has_value());
    return entry.ticket();
  }
  bool is_there(std::string_view key) {
    const auto entry = gate_.enter(Access::kRead);
    return storage_.read_row(keyspace_, key).value().has_value();
  }

  MapStorage storage_;
  int flush_requests_{0};
  GroupCommit gate_{storage_, [this] { ++flush_requests_; }};
  KeyspaceId keyspace_{0};
  LogId log_{0};
  std::vector<std::vector<LogId>> committed_logs_;
};

TEST_F(GroupCommitTest, WritesOfOneGroupShareATicketAndAskForOneFlush) {
  const Ticket first = write("a");
  const Ticket second = write("b");
  EXPECT_EQ(first, second);
  EXPECT_EQ(flush_requests_, 1);

  const auto flushed = gate_.flush();
  EXPECT_TRUE(flushed.outcome.has_value());
  EXPECT_EQ(flushed.up_to, first);
  EXPECT_TRUE(is_there("a"));
  EXPECT_TRUE(is_there("b"));

  EXPECT_GT(write("c"), first);
  EXPECT_EQ(flush_requests_, 2);
}

TEST_F(GroupCommitTest, AReadWaitsOnlyForAGroupWhoseWritesItMaySee) {
  EXPECT_EQ(gate_.enter(Access::kRead).ticket(), 0U);
  const Ticket ticket = write("a");
  EXPECT_EQ(gate_.enter(Access::kRead).ticket(), ticket);
  gate_.flush();
  EXPECT_EQ(gate_.enter(Access::kRead).ticket(), 0U);
}

TEST_F(GroupCommitTest, FlushingNothingIsFine) {
  const auto flushed = gate_.flush();
  EXPECT_EQ(flushed.up_to, 0U);
  EXPECT_TRUE(flushed.outcome.has_value());
}

TEST_F(GroupCommitTest, TheRequesterMayFlushDirectly) {
  GroupCommit* self = nullptr;
  std::optional<GroupCommit::Flushed> flushed;
  GroupCommit direct{storage_, [&] { flushed = self->flush(); }};
  self = &direct;
  Ticket ticket = 0;
  {
    const auto entry = direct.enter(Access::kWrite);
    ASSERT_TRUE(storage_.write_row(keyspace_, "a", "{}", 2).has_value());
    ticket = entry.ticket();
    EXPECT_FALSE(flushed.has_value());
  }
  ASSERT_TRUE(flushed.has_value());
  EXPECT_EQ(flushed->up_to, ticket);
}

TEST_F(GroupCommitTest, AFailedCommitLosesTheGroupAndTellsNobody) {
  write("a");
  {
    const auto entry = gate_.enter(Access::kWrite);
    gate_.touch(log_);
  }
  storage_.fail_next_commit();
  const auto flushed = gate_.flush();
  ASSERT_TRUE(flushed.outcome.has_error());
  EXPECT_EQ(flushed.outcome.error().kind, StorageErrorKind::kFull);
  EXPECT_FALSE(is_there("a"));

  write("b");
  EXPECT_TRUE(gate_.flush().outcome.has_value());
  EXPECT_TRUE(is_there("b"));
  EXPECT_TRUE(committed_logs_.empty()) << "the log was touched in the lost group only";
}

TEST_F(GroupCommitTest, AnEntryThatCannotBeginSaysSoAndTheNextOneTriesAgain) {
  storage_.fail_next_begin();
  {
    const auto entry = gate_.enter(Access::kWrite);
    EXPECT_TRUE(entry.status().has_error());
    EXPECT_EQ(entry.ticket(), 0U);
  }
  EXPECT_EQ(flush_requests_, 0);
  EXPECT_NE(write("a"), 0U);
}

TEST_F(GroupCommitTest, TheListenerLearnsEachTouchedLogOnceAndAfterTheCommit) {
  for (int record = 0; record < 3; ++record) {
    const auto entry = gate_.enter(Access::kWrite);
    gate_.touch(log_);
  }
  EXPECT_TRUE(committed_logs_.empty());
  gate_.flush();
  EXPECT_EQ(committed_logs_, (std::vector<std::vector<LogId>>{{log_}}));
  write("a");
  gate_.flush();
  EXPECT_EQ(committed_logs_.size(), 1U) << "a commit without records is not reported";
}

TEST_F(GroupCommitTest, AnOperationThatThrowsTakesItsGroupWithIt) {
  write("before");
  const auto break_off = [this] {
    const auto entry = gate_.enter(Access::kWrite);
    EXPECT_TRUE(storage_.write_row(keyspace_, "half", "{}", 2).has_value());
    throw std::logic_error{"a bug"};
  };
  EXPECT_THROW(break_off(), std::logic_error);
  EXPECT_TRUE(gate_.flush().outcome.has_error());
  EXPECT_FALSE(is_there("before"));
  EXPECT_FALSE(is_there("half"));

  write("after");
  EXPECT_TRUE(gate_.flush().outcome.has_value());
  EXPECT_TRUE(is_there("after"));
}

TEST_F(GroupCommitTest, NobodyEntersBetweenALostGroupAndTheReloading) {
  bool reloaded = false;
  std::thread other;
  gate_.on_lost([&] {
    other = std::thread{[&] {
      const auto entry = gate_.enter(Access::kRead);
      EXPECT_TRUE(reloaded);
    }};
    // It reads what is left; the other one waits at the gate however long this takes.
    EXPECT_FALSE(storage_.read_row(keyspace_, "lost").value().has_value());
    reloaded = true;
  });
  write("lost");
  storage_.fail_next_commit();
  EXPECT_TRUE(gate_.flush().outcome.has_error());
  ASSERT_TRUE(other.joinable());
  other.join();
}

TEST_F(GroupCommitTest, NobodyEntersBetweenACommitAndThoseWhoFollowIt) {
  bool followed = false;
  std::thread other;
  gate_.on_stored([&] {
    EXPECT_TRUE(storage_.read_row(keyspace_, "kept").value().has_value());
    other = std::thread{[&] {
      const auto entry = gate_.enter(Access::kWrite);
      EXPECT_TRUE(followed);
    }};
    followed = true;
  });
  write("kept");
  EXPECT_TRUE(gate_.flush().outcome.has_value());
  ASSERT_TRUE(other.joinable());
  other.join();
}

TEST_F(GroupCommitTest, WhoFollowsCommitsHearsOfEachThatSucceeds) {
  int stored = 0;
  gate_.on_stored([&] { ++stored; });
  gate_.flush();
  EXPECT_EQ(stored, 0) << "there was nothing to commit";
  write("lost");
  storage_.fail_next_commit();
  gate_.flush();
  EXPECT_EQ(stored, 0);
  write("kept");
  gate_.flush();
  EXPECT_EQ(stored, 1) << "although no log got a record";
}

TEST_F(GroupCommitTest, ALongOperationLetsThoseInWhoWait) {
  std::promise<void> inside;
  std::thread other;
  bool other_was_in = false;
  {
    auto entry = gate_.enter(Access::kWrite);
    other = std::thread{[&] {
      inside.set_value();
      const auto turn = gate_.enter(Access::kRead);
      other_was_in = true;
    }};
    inside.get_future().wait();
    // Whether it waits already cannot be seen; when it does, it comes first.
    while (!other_was_in) ASSERT_TRUE(entry.let_others_in().has_value());
    EXPECT_EQ(entry.ticket(), 1U) << "the group is still open";
    EXPECT_EQ(flush_requests_, 1);
  }
  other.join();
}

TEST_F(GroupCommitTest, BetweenPortionsTheGroupMayBeFlushedOrLost) {
  GroupCommit* self = nullptr;
  GroupCommit direct{storage_, [&] { self->flush(); }};
  self = &direct;
  auto entry = direct.enter(Access::kWrite);
  const Ticket first = entry.ticket();
  ASSERT_TRUE(storage_.write_row(keyspace_, "first", "{}", 2).has_value());
  ASSERT_TRUE(entry.let_others_in().has_value());
  const Ticket second = entry.ticket();
  EXPECT_GT(second, first);

  ASSERT_TRUE(storage_.write_row(keyspace_, "second", "{}", 2).has_value());
  storage_.fail_next_commit();
  EXPECT_TRUE(entry.let_others_in().has_error()) << "whoever waits for the last ticket must not take it for all";
  EXPECT_TRUE(entry.status().has_error());
  EXPECT_TRUE(storage_.read_row(keyspace_, "first").value().has_value());
  EXPECT_FALSE(storage_.read_row(keyspace_, "second").value().has_value());
}

}  // namespace
}  // namespace millrace::storage
