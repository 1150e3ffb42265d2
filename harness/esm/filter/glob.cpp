#include "harness/esm/filter/glob.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace millrace::esm {
namespace {

constexpr char kAny = '*';
constexpr char kEscape = '\\';

/// memmem is linear, which string_view::find is not.
std::size_t position_of(std::string_view part, std::string_view text) {
  if (part.empty()) return 0;
  const void* const found = memmem(text.data(), text.size(), part.data(), part.size());
  return found == nullptr ? std::string_view::npos
                          : static_cast<std::size_t>(static_cast<const char*>(found) - text.data());
}

/// As EventBridge has it, which counts the quote before the text.
std::string at_position(std::string_view what, std::size_t at) {
  return std::string{what}.append(" at pos ").append(std::to_string(at + 1));
}

}  // namespace

std::variant<Glob, std::string> Glob::parse(std::string_view text) {
  Glob glob;
  glob.parts_.emplace_back();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char next = at + 1 < text.size() ? text[at + 1] : '\0';
    if (text[at] == kAny) {
      if (next == kAny) return at_position("Consecutive wildcard characters", at);
      glob.parts_.emplace_back();
    } else if (text[at] == kEscape) {
      if (next != kAny && next != kEscape) return at_position("Invalid escape character", at);
      glob.parts_.back().push_back(next);
      ++at;
    } else {
      glob.parts_.back().push_back(text[at]);
    }
  }
  std::array<std::size_t, 256> beginning_with{};
  for (std::size_t part = 1; part < glob.parts_.size(); ++part) {
    if (glob.parts_[part].empty()) continue;
    if (++beginning_with[static_cast<unsigned char>(glob.parts_[part].front())] > kMaxRepeats) {
      return "Rule is too complex - try using fewer wildcard characters or fewer repeating character sequences after a "
             "wildcard character";
    }
  }
  return glob;
}

bool Glob::matches(std::string_view text) const {
  const std::string& first = parts_.front();
  if (parts_.size() == 1) return text == first;
  const std::string& last = parts_.back();
  if (text.size() < first.size() + last.size() || !text.starts_with(first) || !text.ends_with(last)) return false;
  text.remove_prefix(first.size());
  text.remove_suffix(last.size());
  // The leftmost place of each part leaves most to the others.
  return std::all_of(parts_.begin() + 1, parts_.end() - 1, [&text](const std::string& part) {
    const std::size_t found = position_of(part, text);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + part.size());
    return true;
  });
}

}  // namespace millrace::esm
