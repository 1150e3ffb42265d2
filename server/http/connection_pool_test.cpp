#include "server/http/connection_pool.hpp"

#include <gtest/gtest.h>

#include "server/time/virtual_time.hpp"

namespace millrace::http {
namespace {

using namespace std::chrono_literals;

class FakeConnection final : public PooledConnection {
 public:
  void end_idle() override { ended = "idle"; }
  void end_overdue() override { ended = "overdue"; }
  using PooledConnection::clear_deadline;
  using PooledConnection::set_deadline;
  using PooledConnection::set_idle;

  std::string ended;
};

class ConnectionPoolTest : public ::testing::Test {
 protected:
  std::shared_ptr<FakeConnection> add(Duration deadline, bool idle) {
    const auto connection = std::make_shared<FakeConnection>();
    connection->set_deadline(time_.now() + deadline);
    connection->set_idle(idle);
    pool_->add(connection);
    return connection;
  }

  time::VirtualRealTime time_{RealTime::TimePoint{}};
  std::shared_ptr<ConnectionPool> pool_{std::make_shared<ConnectionPool>(time_, 3)};
};

TEST_F(ConnectionPoolTest, TheLongestIdleMakesRoomOnce) {
  const auto busy = add(1s, false);
  const auto newer = add(9s, true);
  EXPECT_TRUE(pool_->make_room());
  const auto older = add(5s, true);
  EXPECT_TRUE(pool_->make_room());
  EXPECT_EQ(older->ended, "idle");
  EXPECT_EQ(newer->ended, "");
  EXPECT_TRUE(pool_->make_room());
  EXPECT_EQ(newer->ended, "idle");
  EXPECT_FALSE(pool_->make_room());
  EXPECT_EQ(busy->ended, "");
  EXPECT_FALSE(pool_->remove(*older));
  EXPECT_TRUE(pool_->make_room());
}

TEST_F(ConnectionPoolTest, EndsWhoseDeadlineHasPassed) {
  const auto early = add(2s, true);
  const auto late = add(1h, false);
  const auto never = add(1s, false);
  never->clear_deadline();
  time_.advance(2s);
  EXPECT_EQ(early->ended, "");
  time_.advance(1s);
  EXPECT_EQ(early->ended, "overdue");
  EXPECT_EQ(late->ended + never->ended, "");
}

TEST_F(ConnectionPoolTest, SchedulesNothingForNobody) {
  EXPECT_FALSE(time_.run_next());
  const auto only = add(1h, false);
  EXPECT_TRUE(pool_->remove(*only));
  EXPECT_TRUE(time_.run_next()) << "the sweep that was due";
  EXPECT_FALSE(time_.run_next());
}

}  // namespace
}  // namespace millrace::http
