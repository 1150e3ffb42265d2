#include "harness/esm/filter/pattern_filter.hpp"

#include <utility>

namespace millrace::esm {

std::variant<std::shared_ptr<const PatternFilter>, PatternFilter::Problem> PatternFilter::parse(
    const std::vector<std::string>& patterns) {
  if (patterns.empty()) return std::shared_ptr<const PatternFilter>{};
  std::vector<Pattern> parsed;
  parsed.reserve(patterns.size());
  for (const std::string& text : patterns) {
    auto pattern = Pattern::parse(text);
    if (const auto* problem = std::get_if<PatternProblem>(&pattern)) {
      std::string reason = "filter " + std::to_string(parsed.size() + 1) + ": " + problem->reason;
      if (!problem->path.empty()) reason.append(", at ").append(problem->path);
      return Problem{std::move(reason)};
    }
    parsed.push_back(std::get<Pattern>(std::move(pattern)));
  }
  return std::shared_ptr<const PatternFilter>{std::make_shared<PatternFilter>(std::move(parsed))};
}

}  // namespace millrace::esm
