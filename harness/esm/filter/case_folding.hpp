// Comparing text without regard to case, as `equals-ignore-case` does: letters of Latin, Greek, Cyrillic and Armenian
// have one, other characters are compared as they are. One character at a time, so `ß` is not `ss`.
//
// All three are linear. Bytes that are not UTF-8 are compared as they are.
#pragma once

#include <string_view>

namespace millrace::esm {

[[nodiscard]] bool equals_folded(std::string_view text, std::string_view other);
[[nodiscard]] bool starts_with_folded(std::string_view text, std::string_view prefix);
[[nodiscard]] bool ends_with_folded(std::string_view text, std::string_view suffix);

}  // namespace millrace::esm
