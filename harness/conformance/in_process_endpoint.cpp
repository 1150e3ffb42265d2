#include "harness/conformance/in_process_endpoint.hpp"

#include <charconv>
#include <chrono>
#include <stdexcept>

#include "server/streams/retention.hpp"

namespace millrace::conformance {
namespace {

/// `90s`, `16m`, `25h`.
Duration parse_duration(std::string_view text) {
  long long count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit{end, text.data() + text.size()};
  if (error == std::errc{} && unit == "s") return std::chrono::seconds{count};
  if (error == std::errc{} && unit == "m") return std::chrono::minutes{count};
  if (error == std::errc{} && unit == "h") return std::chrono::hours{count};
  throw std::runtime_error("not a duration: " + std::string{text});
}

}  // namespace

Answer InProcessEndpoint::call(std::string_view target, const std::string& body) {
  auto answer = fixture_.call(target, body);
  return {.status = answer.status, .body = std::move(answer.body)};
}

bool InProcessEndpoint::advance(std::string_view duration) {
  fixture_.time().advance(parse_duration(duration));
  // The server sweeps on a timer; here the sweep comes with the clock.
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
