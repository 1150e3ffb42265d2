#include "server/http/routing/authentication.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace millrace::http {
namespace {

struct HeaderPieces {
  std::string_view algorithm;
  std::string_view credential;
  std::string_view signature;
  std::string_view signed_headers;
};

void note_piece(HeaderPieces& pieces, std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos || equals + 1 == part.size()) return;
  const std::string_view name = part.substr(0, equals);
  const std::string_view value = part.substr(equals + 1);
  if (name == "Credential") pieces.credential = value;
  if (name == "Signature") pieces.signature = value;
  if (name == "SignedHeaders") pieces.signed_headers = value;
}

/// Takes what stands before the next `separator` off `text`, with the separator. As every request has its header looked
/// through, letter by letter would show.
std::string_view take_until(std::string_view& text, char separator) {
  const std::string_view part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

/// Parts are separated by commas with or without blanks; the first one is the algorithm.
HeaderPieces split_authorization(std::string_view header) {
  HeaderPieces pieces;
  while (!header.empty()) {
    std::string_view between_commas = take_until(header, ',');
    while (!between_commas.empty()) {
      const std::string_view part = take_until(between_commas, ' ');
      if (part.empty()) continue;
      if (pieces.algorithm.empty()) {
        pieces.algorithm = part;
      } else {
        note_piece(pieces, part);
      }
    }
  }
  return pieces;
}

Result<void> check_shape(std::string_view credential) {
  constexpr std::ptrdiff_t kSlashes = 4;
  if (std::count(credential.begin(), credential.end(), '/') == kSlashes) return {};
  return ApiError{
      ErrorKind::kIncompleteSignature,
      std::string{"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '"}
          .append(credential)
          .append("'")};
}

/// Takes note of the caller that signs with it, if it has the right shape.
Result<bool> read_credential(std::string_view credential, const model::Worlds& worlds, KnownCaller& known) {
  if (credential == known.credential) return false;
  TRY(check_shape(credential));
  known = {std::string{credential}, worlds.caller(credential)};
  return true;
}

Result<void> verify(const RequestHead& head, const SignatureParts& parts, const SignatureCheck& check) {
  TRY(check.verifier.check_form(parts));
  TRY(check_shape(parts.credential));
  return check.verifier.check_signature(head, parts, check.payload);
}

Result<bool> check_header(const RequestHead& head, std::string_view authorization, const model::Worlds& worlds,
                          KnownCaller& known, const SignatureCheck* check) {
  const HeaderPieces pieces = split_authorization(authorization);
  std::string missing;
  const auto require = [&missing](bool present, std::string_view name) {
    if (!present) missing.append("Authorization header requires '").append(name).append("' parameter. ");
  };
  require(!pieces.credential.empty(), "Credential");
  require(!pieces.signature.empty(), "Signature");
  require(!pieces.signed_headers.empty(), "SignedHeaders");
  if (!head.has(KnownField::kAmzDate) && !head.has(KnownField::kDate)) {
    missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  if (!missing.empty()) {
    return ApiError{ErrorKind::kIncompleteSignature, missing.append("Authorization=").append(authorization)};
  }
  if (check != nullptr) {
    const auto date = head.has(KnownField::kAmzDate) ? KnownField::kAmzDate : KnownField::kDate;
    const SignatureParts parts{.algorithm = std::string{pieces.algorithm},
                               .credential = std::string{pieces.credential},
                               .signed_headers = std::string{pieces.signed_headers},
                               .signature = std::string{pieces.signature},
                               .date = std::string{head.known(date)},
                               .security_token = std::string{head.find("X-Amz-Security-Token")}};
    TRY(verify(head, parts, *check));
  }
  return read_credential(pieces.credential, worlds, known);
}

Result<bool> check_query(const RequestHead& head, const model::Worlds& worlds, KnownCaller& known,
                         const SignatureCheck* check) {
  const std::string_view query = head.query();
  constexpr std::array<std::string_view, 5> kPieces{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature",
                                                    "X-Amz-SignedHeaders", "X-Amz-Date"};
  std::string missing;
  for (const std::string_view piece : kPieces) {
    if (!query_parameter(query, piece).value_or("").empty()) continue;
    missing.append("AWS query-string parameters must include '").append(piece).append("'. ");
  }
  if (!missing.empty()) {
    return ApiError{ErrorKind::kIncompleteSignature, missing.append("Re-examine the query-string parameters.")};
  }
  const auto piece_of = [query](std::string_view name) { return query_parameter(query, name).value_or(""); };
  const std::string credential = piece_of("X-Amz-Credential");
  if (check != nullptr) {
    const SignatureParts parts{.algorithm = piece_of("X-Amz-Algorithm"),
                               .credential = credential,
                               .signed_headers = piece_of("X-Amz-SignedHeaders"),
                               .signature = piece_of("X-Amz-Signature"),
                               .date = piece_of("X-Amz-Date"),
                               .security_token = piece_of("X-Amz-Security-Token")};
    TRY(verify(head, parts, *check));
  }
  return read_credential(credential, worlds, known);
}

}  // namespace

Result<bool> authenticate(const RequestHead& head, const model::Worlds& worlds, KnownCaller& known,
                          const SignatureCheck* check) {
  const bool in_query = !head.query().empty() && query_parameter(head.query(), "X-Amz-Algorithm").has_value();
  const std::string_view authorization = head.known(KnownField::kAuthorization);
  if (in_query && !authorization.empty()) {
    return ApiError{ErrorKind::kInvalidSignature,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."};
  }
  if (in_query) return check_query(head, worlds, known, check);
  if (!authorization.starts_with("AWS4-")) {
    return ApiError{ErrorKind::kMissingAuthenticationToken, "Request is missing Authentication Token"};
  }
  return check_header(head, authorization, worlds, known, check);
}

model::Caller caller_of(const Request& request, const model::Worlds& worlds) {
  const std::string_view authorization = request.header("Authorization");
  if (authorization.starts_with("AWS4-")) return worlds.caller(split_authorization(authorization).credential);
  return worlds.caller(query_parameter(request.query, "X-Amz-Credential").value_or(""));
}

}  // namespace millrace::http
