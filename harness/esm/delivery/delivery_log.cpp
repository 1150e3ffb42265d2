#include "harness/esm/delivery/delivery_log.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <variant>

#include "harness/esm/source/timestamp.hpp"
#include "server/json/tree.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {
namespace {

constexpr std::size_t kMostBytes = 200;
/// An error document with a long stack trace fits; a larger answer is not taken apart for one line of the log.
constexpr std::size_t kLargestDocument = std::size_t{64} * 1024;

/// Ends before a character of UTF-8 that would be cut.
std::string_view cut(std::string_view text) {
  if (text.size() <= kMostBytes) return text;
  std::size_t end = kMostBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string on_one_line(std::string_view text) {
  std::string line{cut(text)};
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return line;
}

}  // namespace

std::string to_text(const DeliveryAttempt& attempt) {
  const std::string what = attempt.ends_window ? "the end of a window"
                                               : fmt::format("{} record(s) {} to {}", attempt.records,
                                                             streams::to_sequence_number(attempt.first),
                                                             streams::to_sequence_number(attempt.last));
  return fmt::format("mapping {} function {} shard {} attempt {} at {}", attempt.mapping, attempt.function,
                     attempt.shard, attempt.number, what);
}

std::string next_step(Judgement judgement, const Actions& actions, LaneId lane, TimePoint now) {
  if (judgement == Judgement::kPartlyDelivered) {
    return "what comes before the first reported record is done, the rest is sent again";
  }
  for (const Action& action : actions) {
    if (action.lane != lane) continue;
    if (const auto* const sleep = std::get_if<SleepUntil>(&action.what)) {
      return fmt::format("next attempt at {}, in {:.1f} s", to_iso_text(sleep->when),
                         std::chrono::duration<double>{sleep->when - now}.count());
    }
    if (std::holds_alternative<Invoke>(action.what)) return "its halves are sent apart";
    if (std::holds_alternative<Discard>(action.what)) return "no attempt is left";
  }
  return "the mapping stops, and the batch comes again when it starts";
}

std::string first_words(std::string_view error_document) {
  if (error_document.size() <= kLargestDocument) {
    const auto tree = json::parse_tree(error_document);
    if (tree.has_value() && tree->is_object()) {
      const auto member = [&](const char* name) {
        const auto found = tree->find(name);
        return found != tree->end() && found->is_string() ? found->get<std::string>() : std::string{};
      };
      const std::string type = member("errorType");
      const std::string message = member("errorMessage");
      if (!type.empty() || !message.empty()) {
        return on_one_line(type + (type.empty() || message.empty() ? "" : ": ") + message);
      }
    }
  }
  return on_one_line(error_document);
}

}  // namespace millrace::esm
