// The engine and the threads beside its own: built to be run under ThreadSanitizer.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <functional>
#include <thread>

#include "server/engine/engine.hpp"
#include "server/engine/scripted_storage.hpp"

namespace millrace::engine {
namespace {

namespace asio = boost::asio;

constexpr int kSessions = 16;
constexpr int kWritesPerSession = 200;

/// Of sessions with even numbers what they do is long.
asio::awaitable<void> here_or_aside(Engine& engine, int session, std::function<void()> work) {
  if (session % 2 != 0) {
    work();
    co_return;
  }
  auto working = engine.aside(std::move(work));
  co_await std::move(working);
}

TEST(EngineThreads, EveryWriterLearnsTheOutcomeOfItsOwnGroup) {
  spdlog::set_level(spdlog::level::off);  // hundreds of commits fail on purpose
  ScriptedStorage storage;
  constexpr int kFailing = 7;
  for (int commit = 0; commit < kSessions * kWritesPerSession; commit += kFailing) storage.fail_commit(commit);

  Engine engine{storage};
  int wrong = 0;
  int answered = 0;
  for (int session = 0; session < kSessions; ++session) {
    asio::co_spawn(
        engine.io(),
        [&, session]() -> asio::awaitable<void> {
          for (int write = 0; write < kWritesPerSession; ++write) {
            storage::Ticket ticket = 0;
            std::function<void()> work = [&] { ticket = engine.gate().enter(storage::Access::kWrite).ticket(); };
            auto writing = here_or_aside(engine, session, std::move(work));
            co_await std::move(writing);
            const auto outcome = co_await engine.committed(ticket);
            // Every group is one commit, so the group with ticket n is commit n - 1.
            if (outcome.has_error() != ((ticket - 1) % kFailing == 0)) ++wrong;
            ++answered;
          }
        },
        asio::detached);
  }
  engine.run();
  EXPECT_EQ(answered, kSessions * kWritesPerSession);
  EXPECT_EQ(wrong, 0);
}

TEST(EngineThreads, NobodySeesWhatWasRolledBackBeforeItIsLoadedAnew) {
  spdlog::set_level(spdlog::level::off);
  ScriptedStorage storage;
  for (int commit = 0; commit < kSessions * kWritesPerSession; commit += 2) storage.fail_commit(commit);
  Engine engine{storage};
  // What a catalog is: ahead of the database from a write until its commit, and after a lost commit until it is loaded.
  storage::Ticket committed = 0;
  storage::Ticket in_memory = 0;
  engine.on_lost([&] { in_memory = committed; });
  std::atomic<int> wrong{0};
  for (int session = 0; session < kSessions; ++session) {
    asio::co_spawn(
        engine.io(),
        [&, session]() -> asio::awaitable<void> {
          for (int write = 0; write < kWritesPerSession; ++write) {
            storage::Ticket ticket = 0;
            std::function<void()> work = [&] {
              const auto entry = engine.gate().enter(storage::Access::kWrite);
              ticket = entry.ticket();
              // Groups with odd tickets are lost. Only an open group's own write may be seen of those.
              if (in_memory != ticket && in_memory % 2 == 1) ++wrong;
              if (in_memory != ticket && in_memory != 0) committed = in_memory;
              in_memory = ticket;
            };
            auto writing = here_or_aside(engine, session, std::move(work));
            co_await std::move(writing);
            static_cast<void>(co_await engine.committed(ticket));
          }
        },
        asio::detached);
  }
  engine.run();
  EXPECT_EQ(wrong, 0);
}

TEST(EngineThreads, AnotherThreadMayStopIt) {
  ScriptedStorage storage;
  Engine engine{storage};
  engine.real_time().schedule(engine.real_time().now() + std::chrono::hours{1}, [] {});
  std::thread stopper{[&] { engine.stop(); }};
  engine.run();
  stopper.join();
}

}  // namespace
}  // namespace millrace::engine
