// Base64 with padding, as AWS puts blobs into JSON. simdjson of Debian 12 has none yet, and OpenSSL's decoder accepts
// what AWS refuses, so the strict decoder stands here.
#pragma once

#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace millrace::model {

std::string encode_base64(std::string_view bytes);
/// Appends the encoding of `bytes` to `out`.
void append_base64(std::string& out, std::string_view bytes);

/// Errors: SerializationException with the text AWS gives for a wrong length or a bad alphabet or last quantum
/// (API reference, 1.6).
Result<std::string> decode_base64(std::string_view text);

}  // namespace millrace::model
