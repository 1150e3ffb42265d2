#include "harness/cli/init_process.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <stdexcept>
#include <string>

namespace millrace::cli {
namespace {

constexpr int kSignalBase = 128;  // as shells report it

/// Reaps all that have ended; the status of `child` when it is among them.
std::optional<int> reap(pid_t child) {
  std::optional<int> ended;
  int status = 0;
  for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (pid == child) ended = WIFEXITED(status) ? WEXITSTATUS(status) : kSignalBase + WTERMSIG(status);
  }
  return ended;
}

}  // namespace

std::optional<int> supervise_child() {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::sigprocmask(SIG_BLOCK, &all, &before);
  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error(std::string{"cannot start a process: "}.append(std::strerror(errno)));
  if (child == 0) {
    ::sigprocmask(SIG_SETMASK, &before, nullptr);
    return std::nullopt;
  }
  for (;;) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&all, &info);
    if (signal == SIGCHLD) {
      if (const auto status = reap(child)) return status;
    } else if (signal > 0 && info.si_code != SI_KERNEL) {
      ::kill(child, signal);  // what the terminal sends, it has sent to the child as well
    }
  }
}

}  // namespace millrace::cli
