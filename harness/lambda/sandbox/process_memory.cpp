#include "harness/lambda/sandbox/process_memory.hpp"

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace millrace::lambda {
namespace {

/// Anonymous and shared memory, and what of it is swapped out.
std::int64_t memory_of(int pid) {
  std::ifstream status{fmt::format("/proc/{}/status", pid)};
  std::int64_t kilobytes = 0;
  for (std::string name; status >> name;) {
    std::int64_t value = 0;
    if (name == "RssAnon:" || name == "RssShmem:" || name == "VmSwap:") {
      status >> value;
      kilobytes += value;
    }
  }
  return kilobytes * 1024;
}

void add_children(int pid, std::vector<int>& processes) {
  std::error_code problem;
  for (const auto& thread : std::filesystem::directory_iterator{fmt::format("/proc/{}/task", pid), problem}) {
    std::ifstream children{thread.path() / "children"};
    for (int child = 0; children >> child;) processes.push_back(child);
  }
}

}  // namespace

std::int64_t memory_of_process_tree(int pid) {
  constexpr std::size_t kMostProcesses = 1024;  // as many as AWS allows
  std::vector<int> processes{pid};
  std::int64_t bytes = 0;
  for (std::size_t at = 0; at < processes.size() && at < kMostProcesses; ++at) {
    const int process = processes[at];
    bytes += memory_of(process);
    add_children(process, processes);
  }
  return bytes;
}

}  // namespace millrace::lambda
