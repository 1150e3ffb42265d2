#include "harness/cli/healthcheck.hpp"

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <stdexcept>
#include <string_view>

#include "harness/cli/dynamodb_local_flags.hpp"
#include "harness/replay/api_client.hpp"

namespace millrace::cli {

std::optional<std::uint16_t> port_in(const std::vector<std::string>& arguments) {
  constexpr std::string_view kAssigned = "--port=";
  std::vector<std::string> ours;
  try {
    ours = translate_dynamodb_local_flags(arguments).arguments;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
  std::optional<std::uint16_t> port;
  const auto read = [&port](std::string_view text) {
    std::uint16_t number = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (problem == std::errc{} && end == text.data() + text.size()) port = number;
  };
  for (auto at = ours.begin(); at != ours.end(); ++at) {
    if (at->starts_with(kAssigned)) read(std::string_view{*at}.substr(kAssigned.size()));
    if ((*at == "--port" || *at == "-p") && std::next(at) != ours.end()) read(*std::next(at));
  }
  return port;
}

std::vector<std::string> arguments_of_first_process() {
  std::ifstream in{"/proc/1/cmdline"};
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(in, argument, '\0');) arguments.push_back(std::move(argument));
  if (arguments.empty()) return {};
  const auto program = std::filesystem::path{arguments.front()}.filename();
  if (program != "millrace" && program != "java") return {};  // the image has both names
  arguments.erase(arguments.begin());
  return arguments;
}

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
