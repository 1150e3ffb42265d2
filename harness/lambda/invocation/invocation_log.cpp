#include "harness/lambda/invocation/invocation_log.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace millrace::lambda {
namespace {

constexpr std::size_t kTailBytes = 4096;
// A longer line is passed on in pieces, so that a function that never ends its line costs no more than this.
constexpr std::size_t kLongestLine = std::size_t{64} << 10U;

double milliseconds(Duration duration) { return static_cast<double>(duration.count()) / 1000.0; }

}  // namespace

InvocationLog::InvocationLog(std::string function_name, int memory_megabytes)
    : function_name_{std::move(function_name)}, memory_megabytes_{memory_megabytes} {}

void InvocationLog::append(std::string_view bytes) {
  if (bytes.size() >= kTailBytes) {
    tail_ = bytes.substr(bytes.size() - kTailBytes);
    return;
  }
  if (tail_.size() + bytes.size() > kTailBytes) tail_.erase(0, tail_.size() + bytes.size() - kTailBytes);
  tail_.append(bytes);
}

void InvocationLog::forward(std::string_view line) const { spdlog::info("[{}] {}", function_name_, line); }

void InvocationLog::write(std::string_view bytes) {
  append(bytes);
  while (!bytes.empty()) {
    const auto end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, std::min(end, bytes.size()));
    bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
    if (end != std::string_view::npos && unfinished_line_.empty()) {
      forward(piece);
      continue;
    }
    unfinished_line_.append(piece);
    if (end != std::string_view::npos || unfinished_line_.size() > kLongestLine) {
      forward(unfinished_line_);
      unfinished_line_.clear();
    }
  }
}

void InvocationLog::start(std::string_view request_id) {
  append(fmt::format("START RequestId: {} Version: $LATEST\n", request_id));
}

std::string InvocationLog::finish(const Report& report) {
  if (!unfinished_line_.empty()) write("\n");
  const std::int64_t billed = std::chrono::ceil<std::chrono::milliseconds>(report.duration).count();
  // Memory use is not measured: the memory size stands in for it, as in AWS's own emulator (reference, 5.7).
  std::string line = fmt::format(
      "REPORT RequestId: {}\tDuration: {:.2f} ms\tBilled Duration: {} ms\tMemory Size: {} MB\tMax Memory Used: {} MB\t",
      report.request_id, milliseconds(report.duration), billed, memory_megabytes_, memory_megabytes_);
  if (report.init_duration) line += fmt::format("Init Duration: {:.2f} ms\t", milliseconds(*report.init_duration));
  if (report.error_type == "Sandbox.Timedout") {
    line += "Status: timeout\t";
  } else if (!report.error_type.empty()) {
    line += fmt::format("Status: error\tError Type: {}\t", report.error_type);
  }
  append(fmt::format("END RequestId: {}\n{}\n", report.request_id, line));
  spdlog::debug("[{}] {}", function_name_, line);
  return std::exchange(tail_, {});
}

void log_failure(std::string_view function_name, std::string_view request_id, const Ending& ending) {
  constexpr std::size_t kMostBytes = 500;
  if (ending.outcome == Outcome::kNoRuntime) {
    spdlog::warn("[{}] request {} was not run: {}", function_name, request_id, ending.reason);
  } else if (ending.outcome == Outcome::kFunctionError) {
    std::string document = ending.payload.substr(0, kMostBytes);
    std::ranges::replace_if(
        document, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    spdlog::warn("[{}] request {} failed: {}", function_name, request_id, document);
  }
}

}  // namespace millrace::lambda
