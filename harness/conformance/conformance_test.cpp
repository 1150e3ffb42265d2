// Every conformance case against the operations of this process, one GoogleTest name per case.
#include <gtest/gtest.h>

#include "harness/conformance/case_runner.hpp"
#include "harness/conformance/conformance_case.hpp"
#include "harness/conformance/in_process_endpoint.hpp"

namespace millrace::conformance {
namespace {

const std::vector<Case>& all_cases() {
  static const std::vector<Case> cases = load_cases(MILLRACE_SOURCE_DIR "/fixtures/conformance");
  return cases;
}

class Conformance : public testing::TestWithParam<Case> {};

TEST_P(Conformance, AnswersAsAwsDoes) {
  InProcessEndpoint endpoint;
  const auto report = run_case(GetParam(), endpoint);
  EXPECT_FALSE(report.skipped) << "this endpoint has a clock";
  for (const auto& failure : report.failures) {
    ADD_FAILURE() << GetParam().file << " (source: " << GetParam().source << ")\n"
                  << to_text(failure.tier) << ": " << failure.text;
  }
}

INSTANTIATE_TEST_SUITE_P(Aws, Conformance, testing::ValuesIn(all_cases()),
                         [](const auto& one) { return one.param.test_name; });

TEST(ConformanceCases, AreThere) { EXPECT_GE(all_cases().size(), 500U); }

}  // namespace

/// What GoogleTest prints of a parameter.
void PrintTo(const Case& conformance_case, std::ostream* out) { *out << conformance_case.file; }

}  // namespace millrace::conformance
