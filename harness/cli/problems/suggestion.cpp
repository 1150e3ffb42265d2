#include "harness/cli/problems/suggestion.hpp"

#include <algorithm>

namespace millrace::cli {
namespace {

// Nothing anybody mistypes is longer, and the cost grows with the square.
constexpr std::size_t kLongestWord = 64;

std::string_view without_dashes(std::string_view word) {
  return word.substr(std::min(word.find_first_not_of('-'), word.size()));
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table of distances between the beginnings of `a` and of `b`.
  std::vector<std::size_t> before_last(b.size() + 1);
  std::vector<std::size_t> last(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before_last.swap(last);
    last.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
  }
  return row[b.size()];
}

std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& known) {
  const std::string_view word = without_dashes(typed);
  if (word.empty() || word.size() > kLongestWord) return std::nullopt;
  const std::string* best = nullptr;
  std::size_t smallest = 0;
  for (const auto& candidate : known) {
    const std::size_t distance = edit_distance(word, without_dashes(candidate));
    if (best == nullptr || distance < smallest) {
      best = &candidate;
      smallest = distance;
    }
  }
  if (best == nullptr) return std::nullopt;
  const std::size_t longer = std::max(word.size(), without_dashes(*best).size());
  const std::size_t allowed = std::max<std::size_t>(longer / 3, std::min<std::size_t>(2, longer / 2));
  if (smallest > allowed) return std::nullopt;
  return *best;
}

}  // namespace millrace::cli
