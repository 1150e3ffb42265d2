// The operand of `wildcard`: text in which `*` stands for any characters, none included; `\*` and `\\` stand for
// themselves. A whole string matches or does not.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace::esm {

class Glob {
 public:
  /// A glob, or EventBridge's words on why `text` is none: two `*` side by side, a `\` before something else, or a
  /// pattern that is too complex: more than kMaxRepeats wildcards before texts that begin alike.
  static std::variant<Glob, std::string> parse(std::string_view text);

  /// `*:*:*:*:*:event-bus/*` is recorded as too complex; where exactly EventBridge draws the line is not known.
  static constexpr std::size_t kMaxRepeats = 4;

  /// Linear in the two lengths.
  [[nodiscard]] bool matches(std::string_view text) const;

 private:
  std::vector<std::string> parts_;  // between the wildcards: one more than there are of them
};

}  // namespace millrace::esm
