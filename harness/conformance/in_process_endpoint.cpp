#include "harness/conformance/in_process_endpoint.hpp"

#include <stdexcept>
#include <string>

#include "server/streams/retention.hpp"
#include "server/time/time_text.hpp"

namespace millrace::conformance {
void InProcessEndpoint::go_to(std::string_view region) {
  fixture_.caller = fixture_.services().options.worlds.caller_at_home();
  if (!region.empty()) fixture_.caller.account.region = region;
}

Answer InProcessEndpoint::call(std::string_view target, const std::string& body) {
  auto answer = fixture_.call(target, body);
  return {.status = answer.status, .body = std::move(answer.body)};
}

bool InProcessEndpoint::advance(std::string_view duration) {
  const auto parsed = time::parse_duration(duration);
  if (!parsed) throw std::runtime_error("not a duration: " + std::string{duration});
  fixture_.time().advance(*parsed);
  // The server sweeps on a timer; here the sweep comes with the clock.
  fixture_.run_jobs();
  {
    const auto entry = fixture_.gate().enter(storage::Access::kWrite);
    const auto now = fixture_.time().now();
    if (streams::trim_expired(fixture_.storage(), fixture_.services().streams, now).has_error()) {
      throw std::runtime_error("the sweep of expired records failed");
    }
  }
  return !fixture_.gate().flush().outcome.has_error();
}

void InProcessEndpoint::await_table(const std::string&) {}  // active at once

void InProcessEndpoint::remove_table(const std::string&) {}  // goes with the fixture

std::string InProcessEndpoint::next_table_prefix() { return {}; }

}  // namespace millrace::conformance
