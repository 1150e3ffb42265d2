#include "handler/json_log.hpp"

#include <spdlog/formatter.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "server/base/api_error.hpp"

namespace millrace::handler {
namespace {

/// What stands behind a message that is an object.
constexpr std::size_t kEndBytes = 2;

class JsonLineFormatter final : public spdlog::formatter {
 public:
  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& out) override {
    opening_.format(message, out);
    const std::string_view text{message.payload.data(), message.payload.size()};
    out.reserve(out.size() + text.size() + kEndBytes);
    if (text.size() > 2 && text.front() == '{' && text.back() == '}') {
      append(out, ",");
      append(out, text.substr(1));
    } else {
      std::string quoted;
      base::append_json_string(quoted, text);
      append(out, R"(,"message":)");
      append(out, quoted);
      append(out, "}");
    }
    append(out, "\n");
  }

  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<JsonLineFormatter>();
  }

 private:
  static void append(spdlog::memory_buf_t& out, std::string_view text) {
    out.append(text.data(), text.data() + text.size());
  }

  spdlog::pattern_formatter opening_{R"({"timestamp":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l")",
                                     spdlog::pattern_time_type::utc, ""};
};

}  // namespace

std::shared_ptr<spdlog::logger> make_json_logger(std::string name, spdlog::sink_ptr sink) {
  sink->set_formatter(std::make_unique<JsonLineFormatter>());
  return std::make_shared<spdlog::logger>(std::move(name), std::move(sink));
}

std::shared_ptr<spdlog::logger> make_stdout_json_logger(std::string name) {
  auto logger = make_json_logger(std::move(name), std::make_shared<spdlog::sinks::stdout_sink_mt>());
  logger->flush_on(spdlog::level::trace);  // the process may be frozen or killed right after an invocation
  return logger;
}

}  // namespace millrace::handler
