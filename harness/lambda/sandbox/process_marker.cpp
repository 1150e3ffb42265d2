#include "harness/lambda/sandbox/process_marker.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>

namespace millrace::lambda {
namespace {

constexpr std::string_view kName = "MILLRACE_ENVIRONMENT=";

/// The time at which a process was started, in ticks since the machine was: with the process id a name that is never
/// given twice. Nothing when there is no such process, or only what is left of it.
std::optional<std::string> start_time(std::string_view process) {
  std::ifstream file{fmt::format("/proc/{}/stat", process)};
  const std::string stat{std::istreambuf_iterator<char>{file}, {}};
  // The second field, a name in parentheses, may hold anything. The state follows; the start is the 22nd.
  const auto name_end = stat.rfind(')');
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) return std::nullopt;
  std::string_view rest{stat};
  rest.remove_prefix(name_end + 2);
  if (rest.front() == 'Z' || rest.front() == 'X') return std::nullopt;
  for (int field = 3; field < 22; ++field) rest.remove_prefix(std::min(rest.find(' ') + 1, rest.size()));
  return std::string{rest.substr(0, rest.find(' '))};
}

/// Process ids mean something within their namespace only.
std::string process_namespace() {
  std::array<char, 64> target{};
  const ssize_t size = ::readlink("/proc/self/ns/pid", target.data(), target.size());
  std::string digits;
  for (ssize_t at = 0; at < size; ++at) {
    if (target[static_cast<std::size_t>(at)] >= '0' && target[static_cast<std::size_t>(at)] <= '9') {
      digits += target[static_cast<std::size_t>(at)];
    }
  }
  return digits;
}

/// `<namespace>.<process id>.<start>` of this program.
const std::string& this_program() {
  static const std::string name =
      fmt::format("{}.{}.{}", process_namespace(), ::getpid(), start_time("self").value_or("0"));
  return name;
}

struct Seen {
  std::optional<std::string> marker;  ///< its value; nothing for processes that have none or are not ours to read
  /// It has a program and no variables: within execve() there are none for a moment, which may be long on a busy
  /// machine, and who started it already goes on.
  bool may_be_starting{false};
};

Seen look_at(const std::filesystem::path& process) {
  std::ifstream file{process / "environ", std::ios::binary};
  std::string variable;
  bool has_variables = false;
  while (std::getline(file, variable, '\0')) {
    has_variables = true;
    if (variable.starts_with(kName)) return {variable.substr(kName.size())};
  }
  std::error_code problem;
  const auto program = std::filesystem::read_symlink(process / "exe", problem);  // the kernel's own have none
  return {std::nullopt, !has_variables && !program.empty()};
}

struct Killed {
  int count{0};
  bool some_may_be_starting{false};
};

/// Kills the processes whose marker `chosen` picks.
Killed kill_marked(const std::function<bool(std::string_view marker)>& chosen) {
  Killed killed;
  std::error_code problem;
  for (const auto& entry : std::filesystem::directory_iterator{"/proc", problem}) {
    const std::string name = entry.path().filename().string();
    int pid = 0;
    const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), pid);
    if (error != std::errc{} || end != name.data() + name.size() || pid == ::getpid()) continue;
    struct stat owner {};
    if (::stat(entry.path().c_str(), &owner) != 0 || owner.st_uid != ::geteuid()) continue;
    // Held before it is looked at: the number may be somebody else's by the time of the signal.
    const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
    if (pidfd < 0) continue;
    const Seen seen = look_at(entry.path());
    killed.some_may_be_starting |= seen.may_be_starting;
    if (seen.marker && chosen(*seen.marker) && ::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0) == 0) {
      ++killed.count;
    }
    ::close(pidfd);
  }
  return killed;
}

/// Until a look finds none: a process may start others while they are counted. One that is run without any variables
/// for good looks like one that is just starting, so there is an end to it.
int kill_until_none(const std::function<bool(std::string_view marker)>& chosen) {
  constexpr int kMostRounds = 20;
  int all = 0;
  for (int round = 0; round < kMostRounds; ++round) {
    const Killed killed = kill_marked(chosen);
    if (killed.count == 0 && !killed.some_may_be_starting) break;
    all += killed.count;
  }
  return all;
}

}  // namespace

ProcessMarker::ProcessMarker(std::uint64_t number) : variable_{fmt::format("{}{}.{}", kName, this_program(), number)} {}

void ProcessMarker::kill_all() const {
  const std::string_view value = std::string_view{variable_}.substr(kName.size());
  kill_until_none([&](std::string_view marker) { return marker == value; });
}

int kill_leftovers() {
  const std::string here = process_namespace() + ".";
  return kill_until_none([&](std::string_view marker) {
    if (!marker.starts_with(here)) return false;
    marker.remove_prefix(here.size());
    const auto process_end = marker.find('.');
    const auto start_end = marker.rfind('.');
    if (process_end == std::string_view::npos || start_end <= process_end) return false;
    const auto started = start_time(marker.substr(0, process_end));
    return started != marker.substr(process_end + 1, start_end - process_end - 1);
  });
}

}  // namespace millrace::lambda
