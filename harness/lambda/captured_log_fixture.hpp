// What the program's log says while a test runs.
#pragma once

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::lambda {

/// Takes the place of the default logger while it lives; keeps `level text` of every line. Any thread may log.
class CapturedLog {
 public:
  CapturedLog() { spdlog::set_default_logger(std::make_shared<spdlog::logger>("captured", sink_)); }
  ~CapturedLog() { spdlog::set_default_logger(before_); }
  CapturedLog(const CapturedLog&) = delete;
  CapturedLog& operator=(const CapturedLog&) = delete;

  [[nodiscard]] std::vector<std::string> lines() const { return sink_->lines(); }
  /// All of them, each with a line break.
  [[nodiscard]] std::string text() const {
    std::string all;
    for (const std::string& line : lines()) all.append(line).append("\n");
    return all;
  }
  /// The lines that hold `part`.
  [[nodiscard]] std::vector<std::string> lines_with(std::string_view part) const {
    auto found = lines();
    std::erase_if(found, [&](const std::string& line) { return line.find(part) == std::string::npos; });
    return found;
  }

 private:
  class Sink final : public spdlog::sinks::base_sink<std::mutex> {
   public:
    std::vector<std::string> lines() {
      const std::scoped_lock lock{mutex_};
      return lines_;
    }

   private:
    void sink_it_(const spdlog::details::log_msg& message) override {
      const auto level = spdlog::level::to_string_view(message.level);
      lines_.push_back(
          std::string{level.data(), level.size()}.append(" ").append(message.payload.data(), message.payload.size()));
    }
    void flush_() override {}

    std::vector<std::string> lines_;
  };

  const std::shared_ptr<spdlog::logger> before_{spdlog::default_logger()};
  const std::shared_ptr<Sink> sink_{std::make_shared<Sink>()};
};

}  // namespace millrace::lambda
