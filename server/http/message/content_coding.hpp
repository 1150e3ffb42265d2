// gzip and deflate, both ways (API reference, 1.7), and the checksum over what is sent.
//
// Any thread; compressors are kept per thread, because making one costs more than most bodies.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::http {

enum class Coding : std::uint8_t { kIdentity, kGzip, kDeflate };

/// The value of Content-Encoding for `coding`; empty for kIdentity.
std::string_view name_of(Coding coding);

enum class Decoded : std::uint8_t {
  kDone,
  kCorrupt,      ///< empty, truncated, damaged, or followed by something else
  kTooLarge,     ///< decoded, it would be larger than the limit
  kUnsupported,  ///< a coding we do not know, or several
};

/// Undoes the Content-Encoding of a request body. An absent (empty) or `identity` header leaves the body alone; so does
/// any failure. `limit` bounds the decoded size. gzip may consist of several members, deflate is one zlib stream.
Decoded decode_body(std::string_view content_encoding, std::string& body, std::size_t limit);

/// The coding to answer in, by AWS's reading of Accept-Encoding: the highest weight wins, at equal weight the coding
/// named first, a named one before `*`, gzip before deflate. `identity` is ignored, of two weights the first counts, a
/// weight that is no number counts as 1.
Coding choose_coding(std::string_view accept_encoding);

/// Replaces `body` by its encoding. Precondition: `coding` is not kIdentity.
void encode_body(Coding coding, std::string& body);

/// CRC-32 with the polynomial of zlib: the number in x-amz-crc32.
std::uint32_t crc32_of(std::string_view bytes);

}  // namespace millrace::http
