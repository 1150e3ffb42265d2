// A tumbling window that has not ended yet, as a checkpoint keeps it (reference, 4.9).
#pragma once

#include <string>

#include "server/base/clock.hpp"

namespace millrace::esm {

struct OpenWindow {
  TimePoint start{};
  TimePoint end{};
  std::string state{"{}"};  ///< a JSON object: what the function answered last
  bool ends_early{false};   ///< the state is too large: the window ends before the next batch

  friend bool operator==(const OpenWindow&, const OpenWindow&) = default;
};

}  // namespace millrace::esm
