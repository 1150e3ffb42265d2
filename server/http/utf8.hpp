// Text of a request that is no JSON: path, query, fields. It may hold any byte, and ends up in JSON answers.
#pragma once

#include <string>
#include <string_view>

namespace millrace::http {

/// Appends `text`; each byte that belongs to no well-formed UTF-8 sequence becomes U+FFFD.
void append_as_utf8(std::string& out, std::string_view text);

}  // namespace millrace::http
