// Runs a fuzz target over files, with any compiler: fuzz_x_replay <file or directory>…
// Fails when there is nothing to replay, so that a lost directory is noticed.
#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "harness/fuzz/fuzz_target.hpp"
#include "harness/fuzz/steps.hpp"

namespace {

std::vector<std::filesystem::path> files_in(int count, char** arguments) {
  std::vector<std::filesystem::path> files;
  for (int n = 1; n < count; ++n) {
    const std::filesystem::path path{arguments[n]};
    if (std::filesystem::is_regular_file(path)) files.push_back(path);
    if (!std::filesystem::is_directory(path)) continue;
    for (const auto& entry : std::filesystem::directory_iterator{path}) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

int main(int count, char** arguments) try {
  const auto files = files_in(count, arguments);
  for (const auto& file : files) {
    std::printf("%s\n", file.c_str());
    std::fflush(stdout);  // the name must be out before a crash
    std::ifstream in{file, std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{in}, {}};
    const std::uint64_t steps = millrace::fuzz::steps_of(
        [&] { LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()); });
    std::printf("  %llu steps of %llu\n", static_cast<unsigned long long>(steps),
                static_cast<unsigned long long>(millrace::fuzz::step_budget(bytes.size())));
  }
  std::printf("%zu inputs replayed\n", files.size());
  return files.empty() ? 1 : 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
