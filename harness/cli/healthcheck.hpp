// `millrace healthcheck`: the container's HEALTHCHECK, without curl.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::cli {

struct HealthcheckOptions {
  std::uint16_t port{8000};
};

/// The port that a command line of `millrace serve`, in our flags or DynamoDB Local's, names; empty when it names none.
/// `arguments` come without the program.
std::optional<std::uint16_t> port_in(const std::vector<std::string>& arguments);

/// The arguments of process 1 when that is Millrace: the server of the container. Empty otherwise.
std::vector<std::string> arguments_of_first_process();

/// 0 when `GET /ready` on this machine answers 200; 1, with the reason on standard error, when it does not.
int healthcheck(const HealthcheckOptions& options);

}  // namespace millrace::cli
