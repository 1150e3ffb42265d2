#include "harness/admin/prometheus_text.hpp"

#include <fmt/format.h>

#include <cmath>

namespace millrace::admin {
namespace {

/// Of a label's value, and without the quotes of a help text.
void append_escaped(std::string& out, std::string_view text, bool escape_quotes) {
  for (const char c : text) {
    if (c == '\n') {
      out.append("\\n");
    } else {
      if (c == '\\' || (c == '"' && escape_quotes)) out.push_back('\\');
      out.push_back(c);
    }
  }
}

}  // namespace

void PrometheusText::family(std::string_view name, std::string_view type, std::string_view help) {
  out_.append("# HELP ").append(name).append(" ");
  append_escaped(out_, help, false);
  out_.append("\n# TYPE ").append(name).append(" ").append(type).append("\n");
}

void PrometheusText::begin_sample(std::string_view name, Labels labels) {
  out_.append(name);
  char before = '{';
  for (const auto& [label, value] : labels) {
    out_.push_back(before);
    out_.append(label).append("=\"");
    append_escaped(out_, value, true);
    out_.push_back('"');
    before = ',';
  }
  out_.append(labels.size() > 0 ? "} " : " ");
}

void PrometheusText::sample(std::string_view name, Labels labels, std::uint64_t value) {
  begin_sample(name, labels);
  out_.append(fmt::format("{}\n", value));
}

void PrometheusText::sample(std::string_view name, Labels labels, double value) {
  begin_sample(name, labels);
  if (std::isnan(value)) {
    out_.append("NaN\n");
  } else if (std::isinf(value)) {
    out_.append(value > 0 ? "+Inf\n" : "-Inf\n");
  } else {
    out_.append(fmt::format("{}\n", value));
  }
}

}  // namespace millrace::admin
