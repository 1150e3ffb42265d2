#include "harness/lambda/sandbox/environment_variables.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace millrace::lambda {
namespace {

/// What the process signs with. Unless signatures are verified any credentials are accepted, and SDKs insist on having
/// some. They say whose tables the function sees: those of its own account, which the key of another account than the
/// default one has to name.
model::AccessKey access_key_of(const LambdaServices& services, const model::Account& account) {
  const auto& keys = services.options.access_keys;
  if (keys.empty()) {
    const bool at_home = account.id == services.options.worlds.home.id;
    return {at_home ? std::string{"test"} : account.id, "test", "test"};
  }
  const auto own = std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return key.id == account.id; });
  return own == keys.end() ? keys.front() : *own;
}

}  // namespace

std::vector<std::string> environment_variables(const LambdaServices& services, const FunctionDefinition& function,
                                               const LaunchPlan& plan, std::uint16_t port) {
  const model::Account& account = function.account;
  const std::string& region = account.region;
  const model::AccessKey key = access_key_of(services, account);
  const std::time_t day = base::to_epoch_seconds(services.emulated_time.now());
  std::vector<std::string> variables{
      fmt::format("AWS_LAMBDA_RUNTIME_API=127.0.0.1:{}", port),
      "_HANDLER=" + function.handler,
      "LAMBDA_TASK_ROOT=" + plan.folder.string(),
      "LAMBDA_RUNTIME_DIR=/var/runtime",
      "AWS_LAMBDA_FUNCTION_NAME=" + function.name,
      "AWS_LAMBDA_FUNCTION_VERSION=$LATEST",
      fmt::format("AWS_LAMBDA_FUNCTION_MEMORY_SIZE={}", function.memory_megabytes),
      "AWS_LAMBDA_LOG_GROUP_NAME=" + log_group_of(function),
      fmt::format("AWS_LAMBDA_LOG_STREAM_NAME={:%Y/%m/%d}/[$LATEST]{}", fmt::gmtime(day),
                  base::make_hex(services.random, 32)),
      "AWS_LAMBDA_INITIALIZATION_TYPE=on-demand",
      "AWS_REGION=" + region,
      "AWS_DEFAULT_REGION=" + region,
      "AWS_ACCESS_KEY_ID=" + key.id,
      "AWS_SECRET_ACCESS_KEY=" + key.secret,
      "AWS_XRAY_CONTEXT_MISSING=LOG_ERROR",
      "AWS_XRAY_DAEMON_ADDRESS=169.254.100.1:2000",
      "_AWS_XRAY_DAEMON_ADDRESS=169.254.100.1",
      "_AWS_XRAY_DAEMON_PORT=2000",
      "LANG=en_US.UTF-8",
      "TZ=:UTC",
      "PATH=/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin",
      fmt::format("LD_LIBRARY_PATH=/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:{0}:{0}/lib:/opt/lib",
                  plan.folder.string()),
  };
  if (!key.session_token.empty()) variables.push_back("AWS_SESSION_TOKEN=" + key.session_token);
  const std::string& endpoint = services.options.endpoint_url;
  if (!endpoint.empty() && !function.environment.contains("AWS_ENDPOINT_URL")) {
    variables.push_back("AWS_ENDPOINT_URL=" + endpoint);
  }
  // The user's values come last: they win over ours where both are allowed (LANG, PATH, …).
  for (const auto* const values : {&plan.variables, &function.environment}) {
    for (const auto& [name, value] : *values) {
      const std::string start = name + "=";
      std::erase_if(variables, [&](const std::string& variable) { return variable.starts_with(start); });
      variables.push_back(start + value);
    }
  }
  return variables;
}

}  // namespace millrace::lambda
