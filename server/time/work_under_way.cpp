#include "server/time/work_under_way.hpp"

#include <string_view>
#include <utility>

namespace millrace::time {
namespace {

struct Words {
  std::string_view one;
  std::string_view many;
};

constexpr std::array<Words, kKindsOfWork> kWords{
    Words{"a timer", "timers"}, Words{"a commit", "commits"}, Words{"a step of a job", "steps of jobs"},
    Words{"an event source mapping that reads, invokes or saves", "event source mappings that read, invoke or save"},
    Words{"an invocation of type Event", "invocations of type Event"}};

}  // namespace

void WorkUnderWay::begin(Work kind) {
  counts_[static_cast<std::size_t>(kind)].fetch_add(1, std::memory_order_relaxed);
  total_.fetch_add(1);
}

void WorkUnderWay::end(Work kind) {
  counts_[static_cast<std::size_t>(kind)].fetch_sub(1, std::memory_order_relaxed);
  if (total_.fetch_sub(1) == 1 && settled_) tell();
}

void WorkUnderWay::when_none(std::function<void()> settled) {
  settled_ = std::move(settled);
  if (none()) tell();
}

// Whoever is told may wait again.
void WorkUnderWay::tell() { std::exchange(settled_, nullptr)(); }

std::string WorkUnderWay::describe() const {
  std::string text;
  for (std::size_t kind = 0; kind < kKindsOfWork; ++kind) {
    const std::uint32_t count = counts_[kind].load(std::memory_order_relaxed);
    if (count == 0) continue;
    if (!text.empty()) text.append(", ");
    if (count == 1) {
      text.append(kWords[kind].one);
    } else {
      text.append(std::to_string(count)).append(" ").append(kWords[kind].many);
    }
  }
  return text;
}

}  // namespace millrace::time
