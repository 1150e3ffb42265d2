// Runs one case against an endpoint and says in which tier it failed.
#pragma once

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "harness/conformance/conformance_case.hpp"
#include "harness/conformance/endpoint.hpp"

namespace millrace::conformance {

/// What an assertion is about. They are judged apart, so that an endpoint with the right error in other words still
/// shows the right error.
enum class Tier {
  kOutcome,  ///< HTTP status, and which error
  kContent,  ///< the members of the answer
  kWording,  ///< the exact text of an error
};
inline constexpr std::array kTiers{Tier::kOutcome, Tier::kContent, Tier::kWording};
std::string_view to_text(Tier tier);

struct Failure {
  Tier tier{};
  std::string text;
};

struct Report {
  bool skipped{false};  ///< the endpoint cannot move its clock
  std::vector<Failure> failures;

  [[nodiscard]] bool passed() const { return !skipped && failures.empty(); }
  [[nodiscard]] bool failed(Tier tier) const {
    return std::any_of(failures.begin(), failures.end(), [tier](const Failure& one) { return one.tier == tier; });
  }
};

/// Never throws: what goes wrong on the way is a failure of the outcome. Removes the tables the case used.
Report run_case(const Case& conformance_case, Endpoint& endpoint);

}  // namespace millrace::conformance
