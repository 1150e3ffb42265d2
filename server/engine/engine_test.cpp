#include "server/engine/engine.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "server/engine/scripted_storage.hpp"

namespace millrace::engine {
namespace {

namespace asio = boost::asio;

class EngineTest : public ::testing::Test {
 protected:
  storage::Ticket write() { return engine_.gate().enter(storage::Access::kWrite).ticket(); }
  storage::Ticket read() { return engine_.gate().enter(storage::Access::kRead).ticket(); }

  /// Has `note` noted when the group of `ticket` is settled.
  void note_when_committed(storage::Ticket ticket, const std::string& note) {
    asio::co_spawn(
        engine_.io(),
        [this, ticket, note]() -> asio::awaitable<void> {
          const auto outcome = co_await engine_.committed(ticket);
          notes_.push_back(outcome.has_error() ? note + " lost" : note);
        },
        asio::detached);
  }

  ScriptedStorage storage_;
  Engine engine_{storage_};
  std::vector<std::string> notes_;
};

TEST_F(EngineTest, HandlersThatAreReadyTogetherShareACommit) {
  for (const std::string note : {"first", "second", "third"}) {
    asio::post(engine_.io(), [this, note] { note_when_committed(write(), note); });
  }
  engine_.run();
  EXPECT_EQ(storage_.commits(), 1);
  EXPECT_EQ(notes_, (std::vector<std::string>{"first", "second", "third"}));
}

TEST_F(EngineTest, AnAnswerDoesNotLeaveBeforeItsCommit) {
  asio::post(engine_.io(), [this] {
    note_when_committed(write(), "write");
    asio::post(engine_.io(), [this] { notes_.push_back("commits: " + std::to_string(storage_.commits())); });
  });
  engine_.io().run_one();
  EXPECT_TRUE(notes_.empty());
  engine_.run();
  EXPECT_EQ(notes_.front(), "write");
}

TEST_F(EngineTest, AReadThatSawAnOpenGroupWaitsForIt) {
  asio::post(engine_.io(), [this] {
    write();
    note_when_committed(read(), "read");
  });
  engine_.run();
  EXPECT_EQ(notes_, (std::vector<std::string>{"read"}));
  EXPECT_EQ(read(), 0U);
}

TEST_F(EngineTest, NothingToWaitForCompletesAtOnce) {
  const storage::Ticket done = write();
  engine_.run();
  engine_.io().restart();
  note_when_committed(0, "zero");
  note_when_committed(done, "done");
  engine_.run();
  EXPECT_EQ(notes_, (std::vector<std::string>{"zero", "done"}));
}

TEST_F(EngineTest, ACommitMayBeAwaitedLongAfterItHasHappened) {
  auto waiting = engine_.committed(write());
  engine_.run();
  EXPECT_EQ(storage_.commits(), 1);
  engine_.io().restart();
  asio::co_spawn(engine_.io(), std::move(waiting),
                 [this](const std::exception_ptr&, const StorageResult<void>& outcome) {
                   notes_.push_back(outcome.has_value() ? "committed" : "lost");
                 });
  engine_.run();
  EXPECT_EQ(notes_, (std::vector<std::string>{"committed"}));
}

TEST_F(EngineTest, AFailureBelongsToItsGroupOnly) {
  storage_.fail_commit(0);
  int lost = 0;
  engine_.on_lost([&] {
    ++lost;
    EXPECT_TRUE(notes_.empty()) << "told before those who wait";
  });
  storage::Ticket failed = 0;
  asio::post(engine_.io(), [&] {
    failed = write();
    note_when_committed(failed, "first");
  });
  engine_.run();
  engine_.io().restart();
  note_when_committed(write(), "second");
  note_when_committed(failed, "late");
  engine_.run();
  EXPECT_EQ(lost, 1);
  EXPECT_EQ(notes_, (std::vector<std::string>{"first lost", "second", "late lost"}));
}

TEST_F(EngineTest, WhoFollowsCommitsIsToldBeforeThoseWhoWait) {
  storage_.fail_commit(0);
  int stored = 0;
  engine_.on_stored([&] {
    ++stored;
    EXPECT_EQ(notes_, std::vector<std::string>{"first lost"});
  });
  asio::post(engine_.io(), [&] { note_when_committed(write(), "first"); });
  engine_.run();
  engine_.io().restart();
  asio::post(engine_.io(), [&] { note_when_committed(write(), "second"); });
  engine_.run();
  EXPECT_EQ(stored, 1);
  EXPECT_EQ(notes_, (std::vector<std::string>{"first lost", "second"}));
}

TEST_F(EngineTest, EveryListenerHearsOfACommitWithRecords) {
  std::vector<storage::LogId> first;
  std::vector<storage::LogId> third;
  engine_.on_commit([&](const auto& logs) { first = logs; });
  engine_.on_commit([](const auto&) { throw std::logic_error{"a bug in one listener"}; });
  engine_.on_commit([&](const auto& logs) { third = logs; });
  {
    const auto entry = engine_.gate().enter(storage::Access::kWrite);
    engine_.gate().touch(7);
  }
  engine_.run();
  EXPECT_EQ(first, std::vector<storage::LogId>{7});
  EXPECT_EQ(third, std::vector<storage::LogId>{7});
}

TEST_F(EngineTest, AnExceptionInAHandlerDoesNotStopTheOthers) {
  asio::post(engine_.io(), [] { throw std::logic_error{"a bug"}; });
  asio::post(engine_.io(), [this] { notes_.emplace_back("still running"); });
  engine_.run();
  EXPECT_EQ(notes_, std::vector<std::string>{"still running"});
}

TEST_F(EngineTest, WhatStillWaitsIsDroppedWithTheEngine) {
  auto engine = std::make_unique<Engine>(storage_);
  auto witness = std::make_shared<int>(0);
  asio::co_spawn(
      engine->io(),
      [&engine = *engine, kept = witness]() -> asio::awaitable<void> {
        const auto ticket = engine.gate().enter(storage::Access::kWrite).ticket();
        (void)co_await engine.committed(ticket);
      },
      asio::detached);
  engine->io().run_one();
  EXPECT_EQ(witness.use_count(), 2);
  engine.reset();
  EXPECT_EQ(witness.use_count(), 1);
}

TEST_F(EngineTest, WhatRunsAsideKeepsNobodyWaiting) {
  std::promise<void> others_ran;
  asio::co_spawn(
      engine_.io(),
      [&]() -> asio::awaitable<void> {
        const auto io_thread = std::this_thread::get_id();
        co_await engine_.aside([&] {
          EXPECT_NE(std::this_thread::get_id(), io_thread);
          EXPECT_EQ(others_ran.get_future().wait_for(std::chrono::seconds{10}), std::future_status::ready);
        });
        EXPECT_EQ(std::this_thread::get_id(), io_thread);
        notes_.emplace_back("done");
      },
      asio::detached);
  asio::post(engine_.io(), [&] {
    notes_.emplace_back("another");
    others_ran.set_value();
  });
  engine_.run();
  EXPECT_EQ(notes_, (std::vector<std::string>{"another", "done"}));
}

TEST_F(EngineTest, WhatWorkAsideThrowsComesToTheCaller) {
  asio::co_spawn(
      engine_.io(),
      [&]() -> asio::awaitable<void> {
        try {
          co_await engine_.aside([] { throw std::runtime_error{"a bug"}; });
        } catch (const std::runtime_error& bug) {
          notes_.emplace_back(bug.what());
        }
      },
      asio::detached);
  engine_.run();
  EXPECT_EQ(notes_, std::vector<std::string>{"a bug"});
}

TEST_F(EngineTest, WorkAsideHasEndedWhenTheEngineHas) {
  std::promise<void> begun;
  std::promise<void> stopped;
  bool ended = false;
  asio::co_spawn(
      engine_.io(),
      [&]() -> asio::awaitable<void> {
        co_await engine_.aside([&] {
          begun.set_value();
          stopped.get_future().wait();
          ended = true;
        });
        notes_.emplace_back("never told");
      },
      asio::detached);
  asio::post(engine_.io(), [&] {
    begun.get_future().wait();
    engine_.stop();
    stopped.set_value();
  });
  engine_.run();
  EXPECT_TRUE(ended);
  EXPECT_TRUE(notes_.empty());
}

}  // namespace
}  // namespace millrace::engine
