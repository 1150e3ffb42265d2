// `millrace serve`: the composition root. The one place that knows every part and puts them together.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::cli {

struct ServeOptions {
  std::string host{"127.0.0.1"};
  std::uint16_t port{8000};              ///< 0: any free port
  std::string runtime_api_host{};        ///< empty: as `host`
  std::uint16_t runtime_api_port{9001};  ///< 0: any free port
  std::optional<std::string> db_path;    ///< absent: everything goes with the process
  std::string region{"us-east-1"};
  std::string account_id{"000000000000"};
  std::vector<std::string> functions;  ///< NAME=in-process:echo, NAME=./bootstrap, NAME=external[:PORT]
  int threads{1};
  int shards_per_stream{1};
  std::string cors;                        ///< origins whose pages may use DynamoDB, as http::CorsOrigins::parse
  std::vector<std::string> allowed_hosts;  ///< names that Host may hold, besides addresses and localhost
  bool no_authorization{false};
  int shutdown_grace_seconds{5};
  std::optional<std::uint64_t> seed;  ///< of ids; absent: from the operating system
};

/// Serves until SIGTERM or SIGINT. Returns the process's exit status; errors go to standard error, saying what to do.
int serve(const ServeOptions& options);

}  // namespace millrace::cli
