// Text of a request that is no JSON: path, query, fields. It may hold any byte, and ends up in JSON answers.
#pragma once

#include <string>
#include <string_view>

namespace millrace::http {

/// Whether all of `text` is ASCII, as nearly everything in a header is. By words: cheap on the whole of one.
[[nodiscard]] bool is_ascii(std::string_view text);

/// Appends `text`; each byte that belongs to no well-formed UTF-8 sequence becomes U+FFFD.
void append_as_utf8(std::string& out, std::string_view text);

}  // namespace millrace::http
