// millrace_conformance: the conformance cases against any endpoint that speaks DynamoDB over HTTP.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <map>
#include <regex>
#include <string>

#include "harness/conformance/case_runner.hpp"
#include "harness/conformance/conformance_case.hpp"
#include "harness/conformance/http_endpoint.hpp"
#include "server/base/random.hpp"

namespace {

using namespace millrace;
using conformance::Case;
using conformance::Report;
using conformance::Tier;

struct Count {
  int passed{0};
  int failed{0};
};

class Tally {
 public:
  void add(const Report& report) {
    if (report.skipped) {
      ++skipped_;
      return;
    }
    count(cases_, report.passed());
    // The content and the wording of a wrong answer say nothing: they are counted where the outcome is right.
    count(tiers_[Tier::kOutcome], !report.failed(Tier::kOutcome));
    if (report.failed(Tier::kOutcome)) return;
    for (const auto tier : {Tier::kContent, Tier::kWording}) count(tiers_[tier], !report.failed(tier));
  }

  void print() const {
    for (const auto tier : conformance::kTiers) {
      const auto entry = tiers_.find(tier);
      const auto number = entry == tiers_.end() ? Count{} : entry->second;
      std::printf("%-8s %d passed, %d failed\n", std::string{conformance::to_text(tier)}.c_str(), number.passed,
                  number.failed);
    }
    if (skipped_ > 0) std::printf("%d skipped: the endpoint has no clock to move\n", skipped_);
    std::printf("%d passed, %d failed\n", cases_.passed, cases_.failed);
  }

  [[nodiscard]] bool good() const { return cases_.failed == 0 && cases_.passed > 0; }

 private:
  static void count(Count& where, bool good) { ++(good ? where.passed : where.failed); }

  Count cases_;
  std::map<Tier, Count> tiers_;
  int skipped_{0};
};

void print_failures(const Case& one, const Report& report) {
  std::printf("FAILED %s (%s)\n  source: %s\n", one.test_name.c_str(), one.file.c_str(), one.source.c_str());
  for (const auto& failure : report.failures) {
    std::printf("  %s: %s\n", std::string{conformance::to_text(failure.tier)}.c_str(), failure.text.c_str());
  }
}

int run(const std::string& endpoint_url, const std::string& filter, const std::string& fixtures) {
  base::Random random{base::nondeterministic_seed()};
  conformance::HttpEndpoint endpoint{endpoint_url, "conformance-" + base::make_hex(random, 6)};
  const std::regex wanted{filter};
  Tally tally;
  for (const auto& one : conformance::load_cases(fixtures)) {
    if (!std::regex_search(one.test_name, wanted)) continue;
    const auto report = conformance::run_case(one, endpoint);
    tally.add(report);
    if (!report.failures.empty()) print_failures(one, report);
  }
  tally.print();
  return tally.good() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Runs the DynamoDB conformance cases against an endpoint"};
  std::string endpoint{"http://127.0.0.1:8000"};
  std::string filter{".*"};
  std::string fixtures{MILLRACE_SOURCE_DIR "/fixtures/conformance"};
  app.add_option("--endpoint", endpoint, "http://host:port")->capture_default_str();
  app.add_option("--filter", filter, "regular expression over suite__file__name")->capture_default_str();
  app.add_option("--fixtures", fixtures, "folder of the cases")->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  try {
    return run(endpoint, filter, fixtures);
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "millrace_conformance: %s\n", problem.what());
    return 2;
  }
}
