#include "harness/lambda/sandbox/child_process.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

namespace millrace::lambda {
namespace {

using boost::system::error_code;

error_code last_error() { return {errno, boost::system::system_category()}; }

/// A file descriptor with one owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_{fd} {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

/// Closes every descriptor from `first` on: the sockets of the parent are none of the child's business.
void close_from(unsigned int first) {
  if (::syscall(SYS_close_range, first, ~0U, 0U) == 0) return;
  constexpr int kDescriptors = 65536;  // kernels before 5.9
  for (int fd = static_cast<int>(first); fd < kDescriptors; ++fd) ::close(fd);
}

struct ChildArguments {
  const char* executable;
  const char* working_directory;
  char* const* arguments;
  char* const* environment;
  pid_t parent;
  int output;
  int failure;
};

/// What the child does between fork and exec: async-signal-safe calls only, as other threads may hold any lock.
[[noreturn]] void become(const ChildArguments& child) {
  constexpr int kFailure = 3;
  const auto give_up = [](int where) {
    const int problem = errno;
    [[maybe_unused]] const auto written = ::write(where, &problem, sizeof problem);
    ::_exit(127);
  };
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != child.parent) ::_exit(127);  // the parent died before it could be watched

  const int input = ::open("/dev/null", O_RDONLY);
  if (input < 0) give_up(child.failure);
  // The pipe for the failure is moved last: its number may be one of 0 to 2.
  const int failure = ::fcntl(child.failure, F_DUPFD, 10);
  const int output = ::fcntl(child.output, F_DUPFD, 10);
  if (failure < 0 || output < 0) give_up(child.failure);
  if (::dup2(input, 0) < 0 || ::dup2(output, 1) < 0 || ::dup2(output, 2) < 0) give_up(failure);
  if (::dup2(failure, kFailure) < 0) give_up(failure);
  ::fcntl(kFailure, F_SETFD, FD_CLOEXEC);
  close_from(kFailure + 1);

  for (int number = 1; number < 32; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (::chdir(child.working_directory) < 0) give_up(kFailure);
  ::execve(child.executable, child.arguments, child.environment);
  give_up(kFailure);
  ::_exit(127);
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (auto& text : texts) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// Waits for a process that is dying.
int await_end(int pid) {
  int status = 0;
  while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

}  // namespace

boost::system::result<std::unique_ptr<ChildProcess>> ChildProcess::start(boost::asio::io_context& io,
                                                                         const ProcessSpec& spec,
                                                                         std::function<void(Notice)> notify) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error();
  Descriptor output{ends[0]};
  Descriptor output_of_child{ends[1]};
  if (::pipe2(ends.data(), O_CLOEXEC) < 0) return last_error();
  Descriptor failure{ends[0]};
  Descriptor failure_of_child{ends[1]};

  // Everything is laid out before the fork: the child must not allocate.
  std::vector<std::string> arguments{spec.executable.string()};
  arguments.insert(arguments.end(), spec.arguments.begin(), spec.arguments.end());
  std::vector<std::string> environment = spec.environment;
  const std::vector<char*> argument_pointers = pointers_to(arguments);
  const std::vector<char*> environment_pointers = pointers_to(environment);
  const std::string directory = spec.working_directory.string();
  const ChildArguments child{arguments.front().c_str(),   directory.c_str(), argument_pointers.data(),
                             environment_pointers.data(), ::getpid(),        output_of_child.get(),
                             failure_of_child.get()};
  const pid_t pid = ::fork();
  if (pid < 0) return last_error();
  if (pid == 0) become(child);

  ::setpgid(pid, pid);  // in both processes, so that the group is there whoever comes first
  { const Descriptor closed_here{failure_of_child.release()}; }
  { const Descriptor closed_here{output_of_child.release()}; }
  int problem = 0;
  ssize_t got = 0;
  do {
    got = ::read(failure.get(), &problem, sizeof problem);  // ends at execve, which closes the pipe
  } while (got < 0 && errno == EINTR);
  if (got == sizeof problem) {
    await_end(pid);
    return error_code{problem, boost::system::system_category()};
  }
  Descriptor pidfd{static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))};
  if (pidfd.get() < 0) {
    const error_code ec = last_error();
    ::kill(-pid, SIGKILL);
    await_end(pid);
    return ec;
  }
  std::unique_ptr<ChildProcess> process{
      new ChildProcess{io, pid, pidfd.release(), output.release(), std::move(notify)}};
  process->watch_output();
  process->watch_exit();
  return process;
}

ChildProcess::ChildProcess(boost::asio::io_context& io, int pid, int pidfd, int output,
                           std::function<void(Notice)> notify)
    : pid_{pid},
      notify_{std::make_shared<std::function<void(Notice)>>(std::move(notify))},
      exit_{io, pidfd},
      output_{io, output} {
  output_.native_non_blocking(true);
}

ChildProcess::~ChildProcess() {
  if (reaped_) return;
  kill();
  await_end(pid_);
}

void ChildProcess::watch_output() {
  if (!output_.is_open()) return;
  output_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [notify = notify_](const error_code& ec) {
    if (!ec) (*notify)(Notice::kOutput);
  });
}

void ChildProcess::watch_exit() {
  exit_.async_wait(boost::asio::posix::stream_descriptor::wait_read, [notify = notify_](const error_code& ec) {
    if (!ec) (*notify)(Notice::kExit);
  });
}

void ChildProcess::read_output(const std::function<void(std::string_view)>& sink) {
  if (!output_.is_open()) return;
  std::array<char, 16384> buffer;  // NOLINT: filled by read
  // A function that writes without end must not hold an I/O thread for good.
  for (int piece = 0; piece < 16; ++piece) {
    const ssize_t got = ::read(output_.native_handle(), buffer.data(), buffer.size());
    if (got > 0) {
      sink({buffer.data(), static_cast<std::size_t>(got)});
      continue;
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EAGAIN) break;
    error_code ignored;
    output_.close(ignored);  // every writer is gone
    return;
  }
}

void ChildProcess::kill() {
  if (!reaped_) ::kill(-pid_, SIGKILL);
}

std::optional<ProcessExit> ChildProcess::reap() {
  siginfo_t ended{};
  const int looked = ::waitid(P_PID, static_cast<id_t>(pid_), &ended, WEXITED | WNOHANG | WNOWAIT);
  if (looked == 0 && ended.si_pid == 0) return std::nullopt;
  // The group is killed while the dead process still holds its number: afterwards it could be somebody else's.
  kill();
  const int status = await_end(pid_);
  reaped_ = true;
  if (WIFSIGNALED(status)) return ProcessExit{.by_signal = true, .value = WTERMSIG(status)};
  return ProcessExit{.by_signal = false, .value = WEXITSTATUS(status)};
}

}  // namespace millrace::lambda
