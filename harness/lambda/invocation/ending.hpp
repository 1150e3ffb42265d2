// How an invocation ended, as whoever ran it says.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "harness/lambda/invocation/invoker.hpp"

namespace millrace::lambda {

/// How an invocation ended. `error_type` is for the REPORT line; `reason` says in a sentence why it did not run.
struct Ending {
  Outcome outcome{Outcome::kSuccess};
  std::string payload;
  std::string error_type{};
  std::string reason{};
};
using EndingCallback = std::function<void(Ending)>;
/// Makes the ending of whichever invocation is concerned: the documents name it.
using EndingMaker = std::function<Ending(std::string_view request_id)>;

}  // namespace millrace::lambda
