// `millrace healthcheck`: the container's HEALTHCHECK, without curl.
#pragma once

#include <cstdint>

namespace millrace::cli {

struct HealthcheckOptions {
  std::uint16_t port{8000};
};

/// 0 when `GET /ready` on this machine answers 200; 1, with the reason on standard error, when it does not.
int healthcheck(const HealthcheckOptions& options);

}  // namespace millrace::cli
