// The `millrace` command.
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "harness/cli/access_keys.hpp"
#include "harness/cli/dynamodb_local_flags.hpp"
#include "harness/cli/healthcheck.hpp"
#include "harness/cli/init_process.hpp"
#include "harness/cli/problems/command_line_error.hpp"
#include "harness/cli/problems/path_problem.hpp"
#include "harness/cli/problems/start_problem.hpp"
#include "harness/cli/serve.hpp"
#include "harness/cli/service_flags.hpp"
#include "harness/cli/up.hpp"
#include "harness/esm/control/mapping_registry.hpp"
#include "harness/replay/replay.hpp"
#include "server/time/time_text.hpp"

namespace {

namespace cli = millrace::cli;
namespace replay = millrace::replay;

struct ReplayArguments {
  std::string fixture;
  std::string endpoint{"http://127.0.0.1:8000"};
  std::string region;
  std::string account_id;
  int drain_timeout_seconds{30};
  bool no_drain{false};
  bool external_function{false};
  bool once{false};
};

void log_to_standard_error(const std::string& level) {
  // Standard output belongs to the ready line and to what handlers print.
  auto logger = std::make_shared<spdlog::logger>("millrace", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  spdlog::set_default_logger(std::move(logger));
  spdlog::set_level(spdlog::level::from_str(level));
}

/// `--cors` alone, or `true` as for other switches, stands for any origin; `false` for none.
std::string read_cors(const std::vector<std::string>& values) {
  const std::string value = values.empty() ? std::string{} : values.front();
  if (value.empty() || value == "true" || value == "1") return "*";
  return value == "false" || value == "0" ? std::string{} : value;
}

std::string problem_with_account_id(const std::string& id) {
  const bool digits = id.size() == 12 && id.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::string{} : std::string{"an account id has 12 digits"};
}

void add_serve(CLI::App& app, cli::ServeOptions& serve_options) {
  millrace::emulator::EmulatorOptions& options = serve_options.emulator;
  auto* serve = app.add_subcommand("serve", "Serve DynamoDB, Streams and Lambda until SIGTERM or SIGINT");
  serve->add_option("--host", options.host, "Address or name to listen on; 0.0.0.0 for all addresses")
      ->envname("MILLRACE_HOST")
      ->capture_default_str();
  serve->add_option("--port,-p", options.port, "Port of DynamoDB, Streams, Lambda and /_millrace; 0 for any free one")
      ->envname("MILLRACE_PORT")
      ->capture_default_str()
      ->check(cli::problem_with_port);
  serve->add_option("--runtime-api-host", options.runtime_api_host, "Address of the Runtime API (default: as --host)")
      ->envname("MILLRACE_RUNTIME_API_HOST");
  serve
      ->add_option(
          "--runtime-api-port", options.runtime_api_port,
          "Port of the Runtime API for external functions; 0 for any free one (default: 9001 beside port 8000, "
          "else 1001 above --port)")
      ->envname("MILLRACE_RUNTIME_API_PORT")
      ->check(cli::problem_with_port);
  serve->add_option("--db-path", options.db_path, "Keep everything in this file (default: it goes with the process)")
      ->envname("MILLRACE_DB_PATH");
  serve
      ->add_option("--buckets", options.buckets,
                   "Directory that stands for S3: exports go to DIR/BUCKET/KEY, imports come from there (default: "
                   "FILE.buckets beside --db-path, else one that goes with the process)")
      ->envname("MILLRACE_BUCKETS");
  serve
      ->add_option("--function", options.functions,
                   "Register a function: NAME=in-process:echo, NAME=./bootstrap, NAME=external[:PORT]; may be repeated")
      ->envname("MILLRACE_FUNCTIONS")
      ->delimiter(',');
  serve->add_option("--region", options.region, "Region of requests that name none, and of --function")
      ->envname("MILLRACE_REGION")
      ->capture_default_str();
  serve
      ->add_option("--account-id", options.account_id,
                   "Account of access keys that are no 12 digits, and of --function")
      ->envname("MILLRACE_ACCOUNT_ID")
      ->capture_default_str()
      ->check(problem_with_account_id);
  serve
      ->add_flag("--shared-db", options.shared_db,
                 "One set of tables and functions for all regions and access keys, those of --region and --account-id")
      ->envname("MILLRACE_SHARED_DB");
  cli::add_streams(*serve, options);
  serve
      ->add_option("--filters-per-mapping", options.filters_per_mapping,
                   "Filters that an event source mapping may have: AWS's quota is 5, and 10 on request")
      ->envname("MILLRACE_FILTERS_PER_MAPPING")
      ->capture_default_str()
      ->check(CLI::Range(std::size_t{1}, millrace::esm::MappingRules::kMostFilters));
  serve
      ->add_option("--time-to-live-delay", options.time_to_live_delay_seconds,
                   "Seconds of emulated time for which an item that has expired stays (AWS: up to some days)")
      ->envname("MILLRACE_TIME_TO_LIVE_DELAY")
      ->capture_default_str()
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{365} * 24 * 60 * 60));
  serve
      ->add_option(
          "--delay-transient-statuses", options.transient_status_seconds,
          "Seconds of emulated time for which tables, indexes and event source mappings are CREATING, UPDATING and "
          "DELETING, and backups CREATING; 5 without a number (default: until the answer has left)")
      ->envname("MILLRACE_DELAY_TRANSIENT_STATUSES")
      ->expected(0, 1)
      ->default_str("5")
      ->check(CLI::Range(std::int64_t{0}, std::int64_t{24} * 60 * 60));
  serve
      ->add_flag("--throttling", options.throttling,
                 "Give tables and indexes the throughput that they say, in emulated time, and throttle what exceeds it")
      ->envname("MILLRACE_THROTTLING");
  serve
      ->add_option_function<std::vector<std::string>>(
          "--cors", [&options](const std::vector<std::string>& values) { options.cors = read_cors(values); },
          "Let web pages use DynamoDB and Streams: those of these origins, https://a,https://b; of any without")
      ->envname("MILLRACE_CORS")
      ->type_name("TEXT")
      ->expected(0, 1);
  serve
      ->add_option("--allowed-host", options.allowed_hosts,
                   "Name that requests may call this server by, besides addresses, localhost and the machine's own; "
                   "*.suffix for all below it; may be repeated")
      ->envname("MILLRACE_ALLOWED_HOSTS")
      ->delimiter(',');
  serve->add_flag("--no-authorization", options.no_authorization, "Accept requests without an Authorization header")
      ->envname("MILLRACE_NO_AUTHORIZATION");
  cli::add_authentication(*serve, options);
  cli::add_other_services(*serve, options);
  serve
      ->add_option("--shutdown-grace", options.shutdown_grace_seconds,
                   "Seconds that requests and invocations in flight have on shutdown")
      ->envname("MILLRACE_SHUTDOWN_GRACE")
      ->capture_default_str()
      ->check(CLI::Range(0, 600));
  serve
      ->add_option_function<std::string>(
          "--clock", [&options](const std::string& text) { options.clock.at = millrace::time::parse_time(text); },
          "Emulated time begins at this one, 2026-01-01T00:00:00Z or seconds since 1970 (default: real time)")
      ->envname("MILLRACE_CLOCK")
      ->check([](const std::string& text) {
        return millrace::time::parse_time(text)
                   ? std::string{}
                   : "'" + text + "' is no time; write one as 2026-01-01T00:00:00Z, or as seconds since 1970";
      });
  serve
      ->add_flag("--freeze-clock", options.clock.frozen,
                 "Emulated time stands still until POST /_millrace/clock moves it or lets it run")
      ->envname("MILLRACE_FREEZE_CLOCK");
  serve
      ->add_option(
          "--faults", serve_options.faults_path,
          "File with a fault plan, {\"seed\":7,\"points\":{\"dynamodb.throttle\":{\"probability\":0.1}}}; GET, "
          "PUT and DELETE /_millrace/faults tell the points and change it")
      ->envname("MILLRACE_FAULTS");
  serve->add_option("--seed", options.seed, "Seed of ids, for runs that must repeat")->envname("MILLRACE_SEED");
}

std::string problem_with_fixture(const std::string& folder) {
  return cli::problem_with_readable_folder(folder).value_or(std::string{});
}

void add_up(CLI::App& app, cli::UpOptions& options) {
  auto* up = app.add_subcommand("up", "Show on one screen how a table's changes reach a function");
  up->add_option("--fixture", options.fixture, "Folder with table.json, writes.jsonl, …")
      ->capture_default_str()
      ->check(problem_with_fixture);
  up->add_flag("--events", options.every_event, "Show every record and every event in full");
  up->add_flag("--stay", options.stay, "Serve on until Ctrl-C, and show each record that comes");
  up->add_option("--port,-p", options.emulator.port,
                 "Port of DynamoDB, Streams, Lambda and /_millrace; 0 for any free one")
      ->capture_default_str()
      ->check(cli::problem_with_port);
  up->add_option("--runtime-api-port", options.emulator.runtime_api_port, "Port of the Runtime API; 0 for any free one")
      ->check(cli::problem_with_port);
  up->add_option("--called-as", options.called_as, "What was typed before `up`, for the commands to try next")
      ->envname("MILLRACE_CALLED_AS")
      ->group("");  // for ./dev; not in the help
}

void add_replay(CLI::App& app, ReplayArguments& arguments) {
  auto* command = app.add_subcommand("replay", "Replay a fixture through the public API of a running server");
  auto* check =
      app.add_subcommand("check", "Drain, and compare what the function got with what the fixture's stream holds");
  for (auto* each : {command, check}) {
    each->add_option("fixture", arguments.fixture, "Folder with table.json, writes.jsonl, …")
        ->required()
        ->check(problem_with_fixture);
    each->add_option("--endpoint", arguments.endpoint, "The server")
        ->envname("MILLRACE_ENDPOINT")
        ->capture_default_str();
    each->add_option("--region", arguments.region, "Whose tables and functions (default: the server's --region)");
    each->add_option("--account-id", arguments.account_id, "The same of the account (default: --account-id)")
        ->check(problem_with_account_id);
    each->add_option("--drain-timeout", arguments.drain_timeout_seconds, "Seconds to wait for the function")
        ->envname("MILLRACE_DRAIN_TIMEOUT")
        ->capture_default_str();
  }
  command->add_flag("--no-drain", arguments.no_drain, "Only make the writes; do not wait for the function");
  command->add_flag("--once", arguments.once,
                    "Make only the writes that the table lacks: a second run changes nothing");
  command->add_flag("--external", arguments.external_function,
                    "Register the function as external: it attaches to the Runtime API itself");
}

int run_replay(const ReplayArguments& arguments, bool only_check) {
  const auto fixture = replay::Fixture::load(arguments.fixture);
  auto endpoint = replay::Endpoint::parse(arguments.endpoint);
  endpoint.region = arguments.region;
  endpoint.account_id = arguments.account_id;
  replay::ApiClient client{std::move(endpoint)};
  replay::ReplayOptions options;
  options.drain = !arguments.no_drain;
  options.drain_timeout = std::chrono::seconds{arguments.drain_timeout_seconds};
  options.external_function = arguments.external_function;
  options.once = arguments.once;
  const auto summary =
      only_check ? replay::check(client, fixture, options) : replay::replay(client, fixture, options, std::cerr);
  if (!options.drain) {
    std::cout << summary.records_written << " records written\n";
    return summary.records_written == summary.records_expected ? 0 : 1;
  }
  replay::print(std::cout, summary);
  return summary.complete() ? 0 : 1;
}

/// What the command line says, by command.
struct Commands {
  cli::ServeOptions serve;
  cli::UpOptions up;
  ReplayArguments replay;
  cli::HealthcheckOptions healthcheck;
};

void add_commands(CLI::App& app, Commands& commands) {
  app.set_help_flag();
  app.set_help_all_flag("-h,--help", "Print this help: every command, flag and environment variable");
  app.set_version_flag("--version", "millrace " MILLRACE_VERSION);
  app.require_subcommand(1);
  // What a script or a compose file adds behind a line goes over what stands in it. Lists keep all they are given.
  app.option_defaults()->take_last();
  app.add_option("--log-level", commands.serve.log_level, "trace, debug, info, warn, error or off")
      ->envname("MILLRACE_LOG_LEVEL")
      ->capture_default_str()
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}));
  app.fallthrough();
  add_serve(app, commands.serve);
  add_up(app, commands.up);
  add_replay(app, commands.replay);
  app.add_subcommand("healthcheck", "Exit with 0 when a server is ready: for containers")
      ->add_option("--port,-p", commands.healthcheck.port,
                   "Port of the server; what a container's first process was told goes before the variable")
      ->envname("MILLRACE_PORT")
      ->capture_default_str()
      ->check(cli::problem_with_port);
}

/// Runs the command that `app` has parsed; its exit status.
int run(const CLI::App& app, Commands& commands, const std::vector<std::string>& arguments) {
  if (app.got_subcommand("serve")) return cli::serve(commands.serve);
  if (app.got_subcommand("up")) {
    // The screen belongs to the walkthrough: only what goes wrong is logged, unless more was asked for.
    if (app.get_option("--log-level")->empty()) spdlog::set_level(spdlog::level::warn);
    return cli::up(commands.up);
  }
  if (app.got_subcommand("healthcheck")) {
    const auto told = cli::port_in(cli::arguments_of_first_process());
    if (told && !cli::port_in(arguments)) commands.healthcheck.port = *told;
    return cli::healthcheck(commands.healthcheck);
  }
  return run_replay(commands.replay, app.got_subcommand("check"));
}

}  // namespace

int main(int argc, char** argv) {
  // The first process of a container: signals without a handler do not reach it, and orphans are left to it.
  if (getpid() == 1) {
    if (const auto status = cli::supervise_child()) return *status;
  }
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  CLI::App app{"Millrace " MILLRACE_VERSION ": DynamoDB, Streams and the Lambda event source mapping, locally",
               "millrace"};
  Commands commands;
  add_commands(app, commands);
  if (arguments.empty()) {
    std::cerr << cli::short_help(app);
    return cli::kUsageExitStatus;
  }
  try {
    auto translated = cli::translate_dynamodb_local_flags(arguments);
    if (translated.like_dynamodb_local) commands.serve.emulator.cors = "*";
    auto reversed = translated.arguments;
    std::reverse(reversed.begin(), reversed.end());  // CLI11 takes them last first
    app.parse(reversed);
    log_to_standard_error(commands.serve.log_level);
    for (const auto& note : translated.notes) spdlog::warn("{}", note);
    return run(app, commands, arguments);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);  // help, version
    std::cerr << "millrace: " << cli::explain(app, error, arguments) << "\nTry millrace --help\n";
    return cli::kUsageExitStatus;
  } catch (const std::invalid_argument& error) {
    std::cerr << "millrace: " << error.what() << "\nTry millrace --help\n";
    return cli::kUsageExitStatus;
  } catch (const std::exception& error) {
    std::cerr << "millrace: " << cli::start_problem(error) << '\n';
    return 1;
  }
}
