// The pool beside the I/O thread: built to be run under ThreadSanitizer.
#include "server/engine/work_pool.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace millrace::engine {
namespace {

namespace asio = boost::asio;

/// Work that lasts until it is released.
class Gate {
 public:
  std::function<void()> work() {
    return [this] {
      begun_.set_value();
      released_.get_future().wait();
    };
  }
  void wait_until_begun() { begun_.get_future().wait(); }
  void release() { released_.set_value(); }

 private:
  std::promise<void> begun_;
  std::promise<void> released_;
};

class WorkPoolThreads : public testing::Test {
 protected:
  /// Awaits the work on the io_context; `done` gets what run() said, on a thread of the io_context.
  void spawn(WorkPool& pool, std::function<void()> work, std::function<void(bool)> done) {
    asio::co_spawn(io_, await(pool, std::move(work), std::move(done)), asio::detached);
  }

  asio::io_context io_;

 private:
  static asio::awaitable<void> await(WorkPool& pool, std::function<void()> work, std::function<void(bool)> done) {
    auto running = pool.run(std::move(work));
    const bool ran = co_await std::move(running);
    done(ran);
  }
};

TEST_F(WorkPoolThreads, RunsElsewhereAndGoesOnWhereItWasAwaited) {
  WorkPool pool;
  std::thread::id worked;
  std::thread::id went_on;
  spawn(
      pool, [&] { worked = std::this_thread::get_id(); },
      [&](bool ran) {
        EXPECT_TRUE(ran);
        went_on = std::this_thread::get_id();
      });
  io_.run();
  EXPECT_NE(worked, std::thread::id{});
  EXPECT_NE(worked, std::this_thread::get_id());
  EXPECT_EQ(went_on, std::this_thread::get_id());
}

TEST_F(WorkPoolThreads, OthersGoOnWhileItRuns) {
  WorkPool pool;
  Gate gate;
  bool ended = false;
  spawn(pool, gate.work(), [&](bool) { ended = true; });
  io_.poll();
  gate.wait_until_begun();
  int others = 0;
  for (int other = 0; other < 100; ++other) asio::post(io_, [&] { ++others; });
  io_.poll();
  EXPECT_EQ(others, 100);
  EXPECT_FALSE(ended);
  gate.release();
  io_.run();
  EXPECT_TRUE(ended);
}

TEST_F(WorkPoolThreads, KeepsTheOrderAndRefusesWhatIsTooMuch) {
  constexpr std::size_t kLimit = 3;
  WorkPool pool{kLimit};
  Gate gate;
  spawn(pool, gate.work(), [](bool) {});
  io_.poll();
  gate.wait_until_begun();
  std::vector<int> order;  // of the pool's only thread, until it has told the end
  int refused = 0;
  for (int piece = 0; piece < 5; ++piece) {
    spawn(
        pool, [&order, piece] { order.push_back(piece); }, [&](bool ran) { refused += ran ? 0 : 1; });
  }
  io_.poll();
  EXPECT_EQ(refused, 2) << "one runs, three wait";
  gate.release();
  io_.run();
  EXPECT_EQ(order, (std::vector<int>{0, 1, 2}));
  io_.restart();
  std::optional<bool> again;
  spawn(
      pool, [] {}, [&](bool ran) { again = ran; });
  io_.run();
  EXPECT_EQ(again, true) << "there is room again";
}

TEST_F(WorkPoolThreads, AnExceptionComesOutWhereItIsAwaited) {
  WorkPool pool;
  std::string caught;
  const auto await = [](WorkPool& on) -> asio::awaitable<void> {
    std::function<void()> work = [] { throw std::runtime_error("broken"); };
    auto running = on.run(std::move(work));
    co_await std::move(running);
  };
  asio::co_spawn(io_, await(pool), [&](const std::exception_ptr& problem) {
    try {
      if (problem) std::rethrow_exception(problem);
    } catch (const std::runtime_error& error) {
      caught = error.what();
    }
  });
  io_.run();
  EXPECT_EQ(caught, "broken");
}

TEST_F(WorkPoolThreads, MayEndWhileItIsAwaited) {
  Gate gate;
  bool went_on = false;
  const auto held = std::make_shared<int>(1);
  {
    WorkPool pool;
    spawn(pool, gate.work(), [&](bool) { went_on = true; });
    // Run or dropped, as it comes.
    spawn(
        pool, [held] {}, [&](bool) { went_on = true; });
    io_.poll();
    gate.wait_until_begun();
    gate.release();
  }
  EXPECT_FALSE(went_on) << "nobody ran the io_context";
  EXPECT_EQ(held.use_count(), 1);
}

TEST_F(WorkPoolThreads, ManyThreadsMayAwaitAtOnce) {
  constexpr int kPieces = 500;
  WorkPool pool{kPieces};
  int done = 0;  // of the pool's only thread
  std::atomic<int> heard{0};
  for (int piece = 0; piece < kPieces; ++piece) {
    spawn(
        pool, [&] { ++done; }, [&](bool ran) { heard += ran ? 1 : 0; });
  }
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) threads.emplace_back([&] { io_.run(); });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, kPieces);
  EXPECT_EQ(heard, kPieces);
}

}  // namespace
}  // namespace millrace::engine
