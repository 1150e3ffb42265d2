// Signature Version 4: what a request is signed with, whoever asks. Who verifies signatures (server/http/routing) and
// who makes them (server/objects) go through the same steps.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace millrace::signing {

inline constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
inline constexpr std::string_view kTerminator = "aws4_request";

using NamesAndValues = std::vector<std::pair<std::string, std::string>>;

/// The SHA-256 of bytes, in lower-case hexadecimal.
std::string payload_hash(std::string_view bytes);

/// Everything but what RFC 3986 calls unreserved becomes `%XX`.
std::string percent_encode(std::string_view text);
/// The same of a path of which the slashes stay.
std::string percent_encode_path(std::string_view path);

/// Parameters in the order and form in which they are signed, which is also a form to send them in. Takes them decoded.
std::string canonical_query(const NamesAndValues& parameters);

/// What a credential is good for.
struct Scope {
  std::string_view date;  ///< `20130609`
  std::string_view region;
  std::string_view service;
  std::string_view terminator{kTerminator};
};

/// A request as it is signed.
struct CanonicalRequest {
  std::string_view method;
  std::string_view path;     ///< encoded
  std::string_view query;    ///< as canonical_query() has it
  NamesAndValues fields;     ///< names in lower case, ascending; blanks at the ends of values, and runs of them, go
  std::string_view payload;  ///< payload_hash() of the body, or a word that stands for it

  /// `host;x-amz-date`
  [[nodiscard]] std::string signed_headers() const;
  [[nodiscard]] std::string text() const;
};

/// `date` is the request's, `20130609T100759Z`.
std::string string_to_sign(std::string_view date, const Scope& scope, std::string_view canonical_request);
/// In lower-case hexadecimal.
std::string signature(std::string_view secret, const Scope& scope, std::string_view string_to_sign);

}  // namespace millrace::signing
