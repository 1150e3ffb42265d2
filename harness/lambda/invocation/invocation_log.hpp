// The log of one function: START, what the function wrote, END and REPORT (streams-and-esm reference, 5.5). Keeps the
// last 4 KB for `X-Amz-Log-Type: Tail` and passes every line on to the program's log.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "harness/lambda/invocation/ending.hpp"
#include "server/base/clock.hpp"

namespace millrace::lambda {

/// Not synchronised: its owner serialises the calls.
class InvocationLog {
 public:
  InvocationLog(std::string function_name, int memory_megabytes);

  /// Bytes that the function wrote, in any pieces.
  void write(std::string_view bytes);
  void start(std::string_view request_id);
  struct Report {
    std::string_view request_id;
    Duration duration{};
    std::optional<Duration> init_duration{};  ///< on the first invocation of a process
    std::string_view error_type{};            ///< empty after success
  };
  /// Writes END and REPORT, and returns the tail: what was written since the previous finish(), at most the last 4 KB.
  std::string finish(const Report& report);

 private:
  void append(std::string_view bytes);
  void forward(std::string_view line) const;

  std::string function_name_;
  int memory_megabytes_;
  std::string tail_;
  std::string unfinished_line_;
};

/// One line of the program's log for an invocation that did not end well: which function and request, and what
/// happened. Nothing for success, and for kServiceError, which whoever ended the function explains.
void log_failure(std::string_view function_name, std::string_view request_id, const Ending& ending);

}  // namespace millrace::lambda
