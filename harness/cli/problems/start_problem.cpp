#include "harness/cli/problems/start_problem.hpp"

#include "harness/cli/problems/listen_problem.hpp"
#include "harness/emulator/start_error.hpp"

namespace millrace::cli {
namespace {

std::string in_words(const emulator::ListenError& error) {
  const bool is_runtime_api = error.listener() == emulator::Listener::kRuntimeApi;
  return listen_problem({.what = is_runtime_api ? "the Runtime API" : "DynamoDB",
                         .host = error.host(),
                         .port = error.port(),
                         .host_flag = is_runtime_api ? "--runtime-api-host" : "--host",
                         .port_flag = is_runtime_api ? "--runtime-api-port" : "--port"},
                        error.reason());
}

}  // namespace

std::string start_problem(const std::exception& error) {
  if (const auto* const listen = dynamic_cast<const emulator::ListenError*>(&error)) return in_words(*listen);
  if (dynamic_cast<const emulator::FunctionError*>(&error) != nullptr) return std::string{"--function "} + error.what();
  return error.what();
}

}  // namespace millrace::cli
