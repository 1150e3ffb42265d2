#include "harness/admin/prometheus_text.hpp"

#include <gtest/gtest.h>

#include <limits>

namespace millrace::admin {
namespace {

TEST(PrometheusText, WritesFamiliesWithTheirSamples) {
  std::string out;
  PrometheusText text{out};
  text.family("millrace_x_total", "counter", "What x is.");
  text.sample("millrace_x_total", {{"mapping", "1"}, {"function", "f"}}, std::uint64_t{12});
  text.sample("millrace_x_total", {}, 1.5);
  EXPECT_EQ(out,
            "# HELP millrace_x_total What x is.\n"
            "# TYPE millrace_x_total counter\n"
            "millrace_x_total{mapping=\"1\",function=\"f\"} 12\n"
            "millrace_x_total 1.5\n");
}

TEST(PrometheusText, EscapesWhatWouldEndALabelOrALine) {
  std::string out;
  PrometheusText text{out};
  text.family("x", "gauge", "a \"b\" \\ c\nd");
  text.sample("x", {{"l", "a\"b\\c\nd"}}, std::uint64_t{1});
  EXPECT_EQ(out, "# HELP x a \"b\" \\\\ c\\nd\n# TYPE x gauge\nx{l=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(PrometheusText, SpellsNumbersThatAreNone) {
  std::string out;
  PrometheusText text{out};
  text.sample("x", {}, std::numeric_limits<double>::infinity());
  text.sample("x", {}, -std::numeric_limits<double>::infinity());
  text.sample("x", {}, std::numeric_limits<double>::quiet_NaN());
  EXPECT_EQ(out, "x +Inf\nx -Inf\nx NaN\n");
}

}  // namespace
}  // namespace millrace::admin
