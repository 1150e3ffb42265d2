#include "handler/runtime.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <string_view>

#include "handler/json_log.hpp"

namespace millrace::handler {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;

using Answer = http::response<http::string_body>;

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

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

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
      : options_{std::move(options)}, endpoint_{split_endpoint(options_.endpoint)}, stream_{io_}, retry_timer_{io_} {
    signals_.async_wait([this](const error_code& ec, int) {
      if (ec) return;
      stopping_ = true;
      // Only a wait is cut short; an answer that is on its way must arrive.
      if (idle_) stream_.cancel();
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
      done = answer && answer->result() == http::status::accepted;
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
      auto answer = co_await exchange(request(http::verb::get, "/runtime/invocation/next"));
      idle_ = false;
      if (stopping_ && !answer) break;
      if (!answer) co_return;
      if (answer->result() != http::status::ok) {
        options_.logger->error("the Runtime API refused to give an invocation: {}", answer->body());
        co_return;
      }
      co_await handle(function, *answer);
    }
    status = 0;
  }

  asio::awaitable<void> handle(const Function& function, Answer& event) {
    const InvocationRequest request{
        .payload = event.body(),
        .request_id = std::string{view(event["Lambda-Runtime-Aws-Request-Id"])},
        .function_arn = std::string{view(event["Lambda-Runtime-Invoked-Function-Arn"])},
        .deadline = deadline_of(view(event["Lambda-Runtime-Deadline-Ms"])),
        .trace_id = std::string{view(event["Lambda-Runtime-Trace-Id"])},
        .client_context = std::string{view(event["Lambda-Runtime-Client-Context"])},
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
    if (answer && answer->result() != http::status::accepted) {
      options_.logger->error("the Runtime API refused the answer to {}: {}", request.request_id, answer->body());
    }
  }

  [[nodiscard]] http::request<http::string_body> request(http::verb verb, std::string_view path) const {
    http::request<http::string_body> message{verb, endpoint_.prefix + std::string{kVersion}.append(path), 11};
    message.set(http::field::host, endpoint_.host);
    message.set(http::field::user_agent, "millrace-runtime/" MILLRACE_VERSION);
    return message;
  }

  [[nodiscard]] http::request<http::string_body> post(std::string_view path, std::string body,
                                                      const HandlerError* error) const {
    auto message = request(http::verb::post, path);
    message.set(http::field::content_type, "application/json");
    if (error != nullptr) message.set("Lambda-Runtime-Function-Error-Type", error->error_type);
    message.body() = std::move(body);
    message.prepare_payload();
    return message;
  }

  /// Sends a request and reads its answer, connecting as long as patience lasts. A request whose connection breaks is
  /// sent once more: the platform refuses a repetition by its request id.
  asio::awaitable<std::optional<Answer>> exchange(http::request<http::string_body> message) {
    for (int attempt = 0; attempt < 2 || message.method() == http::verb::get; ++attempt) {
      if (!connected_ && !co_await connect()) co_return std::nullopt;
      error_code ec;
      co_await http::async_write(stream_, message, asio::redirect_error(asio::use_awaitable, ec));
      // A signal that came when nothing was left to cancel must not leave us waiting.
      if (idle_ && stopping_) {
        disconnect();
        co_return std::nullopt;
      }
      if (!ec) {
        http::response_parser<http::string_body> parser;
        parser.body_limit(kLargestAnswer);
        co_await http::async_read(stream_, buffer_, parser, asio::redirect_error(asio::use_awaitable, ec));
        if (!ec) {
          failures_in_a_row_ = 0;
          if (!parser.get().keep_alive()) disconnect();
          co_return parser.release();
        }
      }
      disconnect();
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
      error_code ec;
      asio::ip::tcp::resolver resolver{io_};
      const auto addresses = co_await resolver.async_resolve(endpoint_.host, endpoint_.port,
                                                             asio::redirect_error(asio::use_awaitable, ec));
      if (!ec) co_await stream_.async_connect(addresses, asio::redirect_error(asio::use_awaitable, ec));
      if (!ec) {
        stream_.socket().set_option(asio::ip::tcp::no_delay{true}, ec);
        connected_ = true;
        co_return true;
      }
      if (waited >= options_.connect_patience) {
        options_.logger->error("no Runtime API at {}: {}", options_.endpoint, ec.message());
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

  void disconnect() {
    error_code ec;
    stream_.socket().close(ec);
    buffer_.clear();
    connected_ = false;
  }

  static constexpr int kMostFailures = 100;

  RuntimeOptions options_;
  Endpoint endpoint_;
  asio::io_context io_{1};
  asio::signal_set signals_{io_, SIGTERM, SIGINT};
  beast::tcp_stream stream_;
  beast::flat_buffer buffer_;
  asio::steady_timer retry_timer_;
  bool connected_{false};
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
