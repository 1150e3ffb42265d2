#include "harness/cli/healthcheck.hpp"

#include <iostream>
#include <stdexcept>
#include <string>

#include "harness/replay/api_client.hpp"

namespace millrace::cli {

int healthcheck(const HealthcheckOptions& options) {
  try {
    replay::ApiClient client{replay::Endpoint{"127.0.0.1", std::to_string(options.port)}};
    const auto answer = client.request("GET", "/ready");
    if (answer.status == 200) return 0;
    std::cerr << "not ready: HTTP " << answer.status << '\n';
  } catch (const std::runtime_error& error) {
    std::cerr << error.what() << '\n';
  }
  return 1;
}

}  // namespace millrace::cli
