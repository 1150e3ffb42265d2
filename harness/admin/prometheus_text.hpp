// The text format in which Prometheus reads metrics (version 0.0.4): families of samples, each with what it means.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::admin {

class PrometheusText {
 public:
  static constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  /// `out` outlives this.
  explicit PrometheusText(std::string& out) : out_{out} {}

  /// Begins a family, whose samples follow: `type` is `counter`, `gauge` or `summary`. Each name once.
  void family(std::string_view name, std::string_view type, std::string_view help);

  void sample(std::string_view name, Labels labels, std::uint64_t value);
  void sample(std::string_view name, Labels labels, double value);

 private:
  void begin_sample(std::string_view name, Labels labels);

  std::string& out_;
};

}  // namespace millrace::admin
