// The words that may not stand as attribute names in expressions (API reference, Appendix C; AWS "ReservedWords").
#pragma once

#include <string_view>

namespace millrace::expression {

/// Whether `name` is a reserved word, in any case of letters.
[[nodiscard]] bool is_reserved_word(std::string_view name);

}  // namespace millrace::expression
