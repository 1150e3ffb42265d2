#include "handler/runtime.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "handler/json_log.hpp"
#include "server/http_client/connection.hpp"

namespace millrace::handler {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using http_client::Answer;
using http_client::Request;

constexpr unsigned kOk = 200;
constexpr unsigned kAccepted = 202;

constexpr std::string_view kVersion = "/2018-06-01";
// An event is at most 6 MB; more than this is no Runtime API.
constexpr std::uint64_t kLargestAnswer = 32U << 20U;

struct Endpoint {
  std::string host;
  std::string port;
  std::string prefix;
};

Endpoint split_endpoint(std::string_view text) {
  Endpoint endpoint;
  const auto slash = text.find('/');
  if (slash != std::string_view::npos) {
    endpoint.prefix = text.substr(slash);
    while (endpoint.prefix.ends_with('/')) endpoint.prefix.pop_back();
    text = text.substr(0, slash);
  }
  const auto colon = text.rfind(':');
  endpoint.host = text.substr(0, colon);
  endpoint.port = colon == std::string_view::npos ? "80" : std::string{text.substr(colon + 1)};
  return endpoint;
}

RealTime::TimePoint deadline_of(std::string_view milliseconds) {
  std::int64_t value = 0;
  std::from_chars(milliseconds.data(), milliseconds.data() + milliseconds.size(), value);
  return RealTime::TimePoint{std::chrono::milliseconds{value}};
}

}  // namespace

/// One connection to the Runtime API and the loop on it. Runs on an io_context of its own so that a signal can end the
/// wait for the next invocation, which has no time limit.
class Runtime::Client {
 public:
  explicit Client(RuntimeOptions options)
      : options_{std::move(options)},
        endpoint_{split_endpoint(options_.endpoint)},
        connection_{io_,
                    {.host = endpoint_.host, .port = endpoint_.port, .most_bytes = kLargestAnswer, .patience = {}}},
        retry_timer_{io_} {
    signals_.async_wait([this](const error_code& ec, int) {
      if (ec) return;
      stopping_ = true;
      // Only a wait is cut short; an answer that is on its way must arrive.
      if (idle_) connection_.stop();
      retry_timer_.cancel();
    });
  }

  int run(const Function& function) {
    int status = 1;
    run_to_end(serve(function, status));
    return status;
  }

  bool report_init_error(const HandlerError& error) {
    bool told = false;
    run_to_end([](Client& client, const HandlerError& failure, bool& done) -> asio::awaitable<void> {
      const auto answer = co_await client.exchange(client.post("/runtime/init/error", to_json(failure), &failure));
      done = answer && answer->status == kAccepted;
    }(*this, error, told));
    return told;
  }

 private:
  void run_to_end(asio::awaitable<void> task) {
    bool done = false;
    asio::co_spawn(io_, std::move(task), [&done](const std::exception_ptr& problem) {
      done = true;
      if (problem) std::rethrow_exception(problem);
    });
    io_.restart();
    // The signal set keeps the context busy, so it is the task that says when to stop.
    while (!done && io_.run_one() > 0) {
    }
  }

  asio::awaitable<void> serve(const Function& function, int& status) {
    while (!stopping_) {
      idle_ = true;
      auto answer = co_await exchange(request("GET", "/runtime/invocation/next"));
      idle_ = false;
      if (stopping_ && !answer) break;
      if (!answer) co_return;
      if (answer->status != kOk) {
        options_.logger->error("the Runtime API refused to give an invocation: {}", answer->body);
        co_return;
      }
      co_await handle(function, *answer);
    }
    status = 0;
  }

  asio::awaitable<void> handle(const Function& function, Answer& event) {
    const InvocationRequest request{
        .payload = event.body,
        .request_id = std::string{event.field("Lambda-Runtime-Aws-Request-Id")},
        .function_arn = std::string{event.field("Lambda-Runtime-Invoked-Function-Arn")},
        .deadline = deadline_of(event.field("Lambda-Runtime-Deadline-Ms")),
        .trace_id = std::string{event.field("Lambda-Runtime-Trace-Id")},
        .client_context = std::string{event.field("Lambda-Runtime-Client-Context")},
        .logger = options_.logger,
    };
    // The variable is part of the runtime's contract with X-Ray SDKs; one invocation runs at a time.
    ::setenv("_X_AMZN_TRACE_ID", request.trace_id.c_str(), 1);
    auto result = call(function, request);
    const std::string base = "/runtime/invocation/" + request.request_id;
    std::optional<Answer> answer;
    if (result.has_error()) {
      const HandlerError& error = result.error();
      answer = co_await exchange(post(base + "/error", to_json(error), &error));
    } else {
      answer = co_await exchange(post(base + "/response", *std::move(result), nullptr));
    }
    if (answer && answer->status != kAccepted) {
      options_.logger->error("the Runtime API refused the answer to {}: {}", request.request_id, answer->body);
    }
  }

  [[nodiscard]] Request request(std::string_view method, std::string_view path) const {
    return {.method = std::string{method},
            .target = endpoint_.prefix + std::string{kVersion}.append(path),
            .fields = {{"User-Agent", "millrace-runtime/" MILLRACE_VERSION}},
            .body = {}};
  }

  [[nodiscard]] Request post(std::string_view path, std::string body, const HandlerError* error) const {
    Request message = request("POST", path);
    message.fields.emplace_back("Content-Type", "application/json");
    if (error != nullptr) message.fields.emplace_back("Lambda-Runtime-Function-Error-Type", error->error_type);
    message.body = std::move(body);
    return message;
  }

  /// Sends a request and reads its answer, connecting as long as patience lasts. A request whose connection breaks is
  /// sent once more: the platform refuses a repetition by its request id.
  asio::awaitable<std::optional<Answer>> exchange(Request message) {
    for (int attempt = 0; attempt < 2 || message.method == "GET"; ++attempt) {
      if (!connection_.is_open() && !co_await connect()) co_return std::nullopt;
      auto answer = co_await connection_.exchange(message);
      if (answer.has_value()) {
        failures_in_a_row_ = 0;
        co_return *std::move(answer);
      }
      if (idle_ && stopping_) co_return std::nullopt;
      // A peer that accepts connections only to drop them must not keep this loop spinning.
      if (++failures_in_a_row_ > 1 && !co_await pause(options_.first_retry_delay)) co_return std::nullopt;
      if (failures_in_a_row_ > kMostFailures) co_return std::nullopt;
    }
    co_return std::nullopt;
  }

  asio::awaitable<bool> connect() {
    Duration waited{0};
    Duration delay = options_.first_retry_delay;
    while (true) {
      const auto opened = co_await connection_.open();
      if (opened.has_value()) co_return true;
      if (waited >= options_.connect_patience) {
        options_.logger->error("no Runtime API at {}: {}", options_.endpoint, opened.error().message());
        co_return false;
      }
      if (!co_await pause(delay)) co_return false;
      waited += delay;
      delay = std::min(delay * 2, options_.longest_retry_delay);
    }
  }

  /// False when a signal ended it.
  asio::awaitable<bool> pause(Duration delay) {
    error_code ec;
    retry_timer_.expires_after(delay);
    if (!stopping_) co_await retry_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    co_return !stopping_;
  }

  static constexpr int kMostFailures = 100;

  RuntimeOptions options_;
  Endpoint endpoint_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGTERM, SIGINT};
  http_client::Connection connection_;
  asio::steady_timer retry_timer_;
  bool idle_{false};
  bool stopping_{false};
  int failures_in_a_row_{0};
};

std::optional<RuntimeOptions> runtime_options_from_environment() {
  const char* endpoint = std::getenv("AWS_LAMBDA_RUNTIME_API");
  if (endpoint == nullptr || *endpoint == '\0') return std::nullopt;
  RuntimeOptions options;
  options.endpoint = endpoint;
  if (const char* patience = std::getenv("MILLRACE_RUNTIME_PATIENCE"); patience != nullptr) {
    const std::string_view text{patience};
    int seconds = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (problem == std::errc{} && seconds >= 0) options.connect_patience = std::chrono::seconds{seconds};
  }
  const char* name = std::getenv("AWS_LAMBDA_FUNCTION_NAME");
  options.logger = make_stdout_json_logger(name == nullptr ? "function" : name);
  return options;
}

Runtime::Runtime(RuntimeOptions options) {
  if (!options.logger) options.logger = make_stdout_json_logger("function");
  client_ = std::make_unique<Client>(std::move(options));
}
Runtime::~Runtime() = default;

int Runtime::run(const Function& function) { return client_->run(function); }
bool Runtime::report_init_error(const HandlerError& error) { return client_->report_init_error(error); }

int run_bootstrap(const std::function<HandlerResult<Function>()>& make_function) {
  auto options = runtime_options_from_environment();
  if (!options) {
    make_stdout_json_logger("function")
        ->critical(
            "AWS_LAMBDA_RUNTIME_API is not set: start this program as a Lambda function, or set it to host:port");
    return 1;
  }
  Runtime runtime{*std::move(options)};
  const auto function = make_function();
  if (function.has_error()) {
    runtime.report_init_error(function.error());
    return 1;
  }
  return runtime.run(*function);
}

}  // namespace millrace::handler
