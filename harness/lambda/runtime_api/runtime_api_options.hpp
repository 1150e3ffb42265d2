// What the listeners of the Runtime API have in common.
#pragma once

#include <cstddef>
#include <memory>

#include "server/base/clock.hpp"
#include "server/http/byte_budget.hpp"
#include "server/http/routing/web_guard.hpp"

namespace millrace::lambda {

struct RuntimeApiOptions {
  /// Stands before every path.
  http::WebGuard guard{};
  /// For bodies and answers on their way. Not null; the server's own, so that the two together are bounded.
  std::shared_ptr<http::ByteBudget> budget{std::make_shared<http::ByteBudget>()};
  /// Of one listener; one more ends the one that has been idle for longest.
  std::size_t max_connections{1000};

  /// Deadlines are looked at once a second. None applies to a runtime that waits for work or has not answered yet.
  Duration idle_timeout{std::chrono::seconds{120}};  ///< of a connection that has nothing to do
  Duration read_timeout{std::chrono::seconds{30}};   ///< for a whole header; then between two pieces of a body
  Duration write_timeout{std::chrono::seconds{30}};  ///< between two pieces of an answer

  /// How long a runtime that asks for work waits for its function to be made, where it may.
  Duration function_patience{std::chrono::seconds{60}};
};

}  // namespace millrace::lambda
