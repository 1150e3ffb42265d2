#include "harness/cli/init_process.hpp"

#include <gtest/gtest.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>

namespace millrace::cli {
namespace {

/// The exit status of a process that supervises `program`, and is the parent of its orphans as PID 1 would be.
/// `meanwhile` is called with the supervisor's id.
int supervised(
    const std::function<int()>& program, const std::function<void(pid_t)>& meanwhile = [](pid_t) {}) {
  const pid_t supervisor = ::fork();
  if (supervisor == 0) {
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    const auto status = supervise_child();
    ::_exit(status ? *status : program());
  }
  meanwhile(supervisor);
  int status = 0;
  ::waitpid(supervisor, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(InitProcess, EndsWithTheStatusOfTheProgram) {
  EXPECT_EQ(supervised([] { return 0; }), 0);
  EXPECT_EQ(supervised([] { return 7; }), 7);
  EXPECT_EQ(supervised([] { return ::raise(SIGKILL); }), 128 + SIGKILL);
}

TEST(InitProcess, PassesSignalsOn) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto wait_for_a_signal = [&] {
    sigset_t term;
    ::sigemptyset(&term);
    ::sigaddset(&term, SIGTERM);
    ::sigprocmask(SIG_BLOCK, &term, nullptr);
    if (::write(ready[1], "x", 1) != 1) return 1;
    int signal = 0;
    ::sigwait(&term, &signal);
    return signal;
  };
  const auto terminate = [&](pid_t supervisor) {
    char byte = 0;
    EXPECT_EQ(::read(ready[0], &byte, 1), 1);
    ::kill(supervisor, SIGTERM);
  };
  EXPECT_EQ(supervised(wait_for_a_signal, terminate), SIGTERM);
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST(InitProcess, ReapsOrphans) {
  const auto leave_an_orphan = [] {
    int name[2];
    if (::pipe(name) != 0) return 1;
    const pid_t parent = ::fork();
    if (parent == 0) {
      const pid_t orphan = ::fork();
      if (orphan == 0) ::_exit(0);
      ::_exit(::write(name[1], &orphan, sizeof orphan) == sizeof orphan ? 0 : 1);
    }
    ::waitpid(parent, nullptr, 0);
    pid_t orphan = 0;
    if (::read(name[0], &orphan, sizeof orphan) != sizeof orphan) return 1;
    while (::kill(orphan, 0) == 0) ::sched_yield();  // a zombie still has its id; the test's time limit ends this
    return 0;
  };
  EXPECT_EQ(supervised(leave_an_orphan), 0);
}

}  // namespace
}  // namespace millrace::cli
