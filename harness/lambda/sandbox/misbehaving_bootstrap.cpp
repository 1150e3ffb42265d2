// A bootstrap that behaves as the environment variable MODE says: what the supervisor has to cope with.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "handler/runtime.hpp"

namespace {

using millrace::handler::Function;
using millrace::handler::HandlerError;
using millrace::handler::HandlerResult;
using millrace::handler::InvocationRequest;

[[noreturn]] void wait_forever() {
  while (true) ::pause();
}

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

HandlerResult<std::string> answer(std::string_view mode, const InvocationRequest& request) {
  if (mode == "exit-0") ::_exit(0);
  if (mode == "exit-1") ::_exit(1);
  if (mode == "kill") ::kill(::getpid(), SIGKILL);
  if (mode == "segv") {
    std::signal(SIGSEGV, SIG_DFL);
    ::kill(::getpid(), SIGSEGV);
  }
  if (mode == "hang") wait_forever();
  if (mode == "hang-with-child") {
    if (::fork() == 0) wait_forever();
    wait_forever();
  }
  if (mode == "error") return HandlerError{"Function.Refused", "no"};
  if (mode == "big") return std::string(std::strtoul(variable("SIZE").c_str(), nullptr, 10), 'x');
  if (mode == "write") {
    std::fputs("to stdout\n", stdout);
    std::fflush(stdout);
    std::fputs("to stderr\n", stderr);
    return std::string{"null"};
  }
  if (mode == "environment") {
    std::string text;
    for (char** entry = environ; *entry != nullptr; ++entry) text.append(*entry).append("\n");
    return text;
  }
  if (mode == "daemon") {
    const pid_t child = ::fork();
    if (child == 0) {
      ::setsid();
      wait_forever();
    }
    return std::to_string(child);
  }
  if (mode == "allocate") {
    constexpr std::size_t kBytes = std::size_t{300} << 20U;
    const std::string memory(kBytes, 'x');
    while (!memory.empty()) ::pause();
  }
  if (mode == "read-fifo") {
    if (request.payload.front() != '"') return std::to_string(::getpid());
    const std::string path{request.payload.substr(1, request.payload.size() - 2)};
    std::fprintf(stderr, "read %s\n", path.c_str());
    std::ifstream fifo{path};
    return std::string{std::istreambuf_iterator<char>{fifo}, {}};
  }
  if (mode == "pid") return std::to_string(::getpid());
  return std::string{request.payload};
}

}  // namespace

int main() {
  const std::string mode = variable("MODE");
  if (mode == "init-exit-3") return 3;
  if (mode == "init-hang") wait_forever();
  return millrace::handler::run_bootstrap([&]() -> HandlerResult<Function> {
    if (mode == "init-error") return HandlerError{"Runtime.NoConfiguration", "cannot start"};
    return Function{[mode](const InvocationRequest& request) { return answer(mode, request); }};
  });
}
