// FilterCriteria: a pattern, a line end, an event. Oracle: the matcher says what the simple reading of the same rules
// says (flat_matching.hpp), an explanation agrees with it, and an event that a pattern does not match is explained.
#include <algorithm>
#include <string>
#include <string_view>

#include "harness/esm/filter/flat_matching.hpp"
#include "harness/esm/filter/matcher.hpp"
#include "harness/fuzz/fuzz_target.hpp"

namespace {

/// The simple reading is slow; longer texts are only matched.
constexpr std::size_t kMostRead = 1'000;
/// As the requests have it.
constexpr std::size_t kMostPattern = 4'096;

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  const std::string_view input{reinterpret_cast<const char*>(data), size};
  const std::size_t line = std::min(input.find('\n'), size);
  const std::string_view text = input.substr(0, line);
  const std::string_view event = input.substr(std::min(line + 1, size));
  if (text.size() > kMostPattern) return;
  auto parsed = esm::Pattern::parse(text);
  if (const auto* problem = std::get_if<esm::PatternProblem>(&parsed)) {
    return require(!problem->reason.empty(), "what is no pattern has a reason");
  }
  const auto& pattern = std::get<esm::Pattern>(parsed);
  const esm::Matcher matcher{{pattern}};
  const bool matches = matcher.matches(event);  // whatever it is
  const auto document = json::RawDocument::parse(event);
  if (!document || json::without_byte_order_mark(event).size() != event.size()) return;
  const auto explained = matcher.explain(event);
  require(explained.size() == 1 && explained.front().matches == matches, "an explanation agrees with the answer");
  require(matches == explained.front().refusals.empty(), "what does not match is explained");
  if (input.size() > kMostRead) return;
  const esm::FlatEvent flat{*document};
  const auto expected = flat.matches(pattern);
  if (!expected) return;
  require(*expected || !matches, "nothing matches that should not");
  require(!flat.is_plain() || *expected == matches, "everything matches that should");
}
