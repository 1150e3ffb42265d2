#include "server/http/routing/authentication.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace millrace::http {
namespace {

struct HeaderPieces {
  std::string_view credential;
  bool has_signature{false};
  bool has_signed_headers{false};
};

void note_piece(HeaderPieces& pieces, std::string_view part) {
  const std::size_t equals = part.find('=');
  if (equals == std::string_view::npos || equals + 1 == part.size()) return;
  const std::string_view name = part.substr(0, equals);
  if (name == "Credential") pieces.credential = part.substr(equals + 1);
  if (name == "Signature") pieces.has_signature = true;
  if (name == "SignedHeaders") pieces.has_signed_headers = true;
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
  bool is_algorithm = true;
  while (!header.empty()) {
    std::string_view between_commas = take_until(header, ',');
    while (!between_commas.empty()) {
      const std::string_view part = take_until(between_commas, ' ');
      if (!part.empty() && !std::exchange(is_algorithm, false)) note_piece(pieces, part);
    }
  }
  return pieces;
}

/// Takes note of the caller that signs with it, if it has the right shape.
Result<bool> read_credential(std::string_view credential, const model::Worlds& worlds, KnownCaller& known) {
  if (credential == known.credential) return false;
  constexpr std::ptrdiff_t kSlashes = 4;
  if (std::count(credential.begin(), credential.end(), '/') == kSlashes) {
    known = {std::string{credential}, worlds.caller(credential)};
    return true;
  }
  return ApiError{
      ErrorKind::kIncompleteSignature,
      std::string{"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '"}
          .append(credential)
          .append("'")};
}

Result<bool> check_header(const RequestHead& head, std::string_view authorization, const model::Worlds& worlds,
                          KnownCaller& known) {
  const HeaderPieces pieces = split_authorization(authorization);
  std::string missing;
  const auto require = [&missing](bool present, std::string_view name) {
    if (!present) missing.append("Authorization header requires '").append(name).append("' parameter. ");
  };
  require(!pieces.credential.empty(), "Credential");
  require(pieces.has_signature, "Signature");
  require(pieces.has_signed_headers, "SignedHeaders");
  if (!head.has(KnownField::kAmzDate) && !head.has(KnownField::kDate)) {
    missing.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ");
  }
  if (!missing.empty()) {
    return ApiError{ErrorKind::kIncompleteSignature, missing.append("Authorization=").append(authorization)};
  }
  return read_credential(pieces.credential, worlds, known);
}

Result<bool> check_query(std::string_view query, const model::Worlds& worlds, KnownCaller& known) {
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
  return read_credential(*query_parameter(query, "X-Amz-Credential"), worlds, known);
}

}  // namespace

Result<bool> authenticate(const RequestHead& head, const model::Worlds& worlds, KnownCaller& known) {
  const bool in_query = !head.query().empty() && query_parameter(head.query(), "X-Amz-Algorithm").has_value();
  const std::string_view authorization = head.known(KnownField::kAuthorization);
  if (in_query && !authorization.empty()) {
    return ApiError{ErrorKind::kInvalidSignature,
                    "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."};
  }
  if (in_query) return check_query(head.query(), worlds, known);
  if (!authorization.starts_with("AWS4-")) {
    return ApiError{ErrorKind::kMissingAuthenticationToken, "Request is missing Authentication Token"};
  }
  return check_header(head, authorization, worlds, known);
}

model::Caller caller_of(const Request& request, const model::Worlds& worlds) {
  const std::string_view authorization = request.header("Authorization");
  if (authorization.starts_with("AWS4-")) return worlds.caller(split_authorization(authorization).credential);
  return worlds.caller(query_parameter(request.query, "X-Amz-Credential").value_or(""));
}

}  // namespace millrace::http
