// Processes left behind by a program that was killed. Label wire: real processes.
#include "harness/lambda/sandbox/process_marker.hpp"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <boost/asio/io_context.hpp>
#include <csignal>
#include <memory>

#include "harness/lambda/sandbox/child_process.hpp"

namespace millrace::lambda {
namespace {

class ProcessMarkerTest : public testing::Test {
 protected:
  std::unique_ptr<ChildProcess> start(const std::string& variable) {
    auto process = ChildProcess::start(io_, {MILLRACE_MISBEHAVING_BOOTSTRAP, "/", {"MODE=init-hang", variable}},
                                       [](ChildProcess::Notice) {});
    EXPECT_TRUE(process.has_value());
    return *std::move(process);
  }
  /// The same marker of a program that was started at another time, and so is gone.
  static std::string of_earlier_program(const ProcessMarker& marker) {
    std::string variable = marker.variable();
    return variable.insert(variable.rfind('.'), "1");
  }
  static bool was_killed(ChildProcess& process) {
    siginfo_t ended{};
    EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(process.id()), &ended, WEXITED | WNOWAIT), 0);
    return ended.si_code == CLD_KILLED && ended.si_status == SIGKILL;
  }
  static bool is_running(ChildProcess& process) { return !process.reap().has_value(); }

  boost::asio::io_context io_;
};

TEST_F(ProcessMarkerTest, KillsWhatCarriesIt) {
  const ProcessMarker marker{1};
  const ProcessMarker other{2};
  const auto marked = start(marker.variable());
  const auto different = start(other.variable());
  marker.kill_all();
  EXPECT_TRUE(was_killed(*marked));
  EXPECT_TRUE(is_running(*different));
}

TEST_F(ProcessMarkerTest, KillsWhatProgramsThatAreGoneHaveLeftBehind) {
  const ProcessMarker marker{1};
  const auto ours = start(marker.variable());
  const auto left = start(of_earlier_program(marker));
  const auto unmarked = start("COLOUR=red");
  EXPECT_GE(kill_leftovers(), 1);
  EXPECT_TRUE(was_killed(*left));
  EXPECT_TRUE(is_running(*ours));
  EXPECT_TRUE(is_running(*unmarked));
}

}  // namespace
}  // namespace millrace::lambda
