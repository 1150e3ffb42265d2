#include "server/http/routing/signature.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <optional>

#include "server/http/routing/router.hpp"
#include "server/signing/signature_v4.hpp"

namespace millrace::http {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kService = "dynamodb";
constexpr auto kTolerance = minutes{15};

/// `20130609T100759Z`; nothing for another shape.
std::optional<RealTime::TimePoint> parse_basic_date(std::string_view text) {
  constexpr std::string_view kShape = "00000000T000000Z";
  if (text.size() != kShape.size()) return std::nullopt;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool digit = text[at] >= '0' && text[at] <= '9';
    if (kShape[at] == '0' ? !digit : text[at] != kShape[at]) return std::nullopt;
  }
  const auto number = [&](std::size_t at, std::size_t length) {
    int value = 0;
    std::from_chars(text.data() + at, text.data() + at + length, value);
    return value;
  };
  const std::chrono::year_month_day day{std::chrono::year{number(0, 4)},
                                        std::chrono::month{static_cast<unsigned>(number(4, 2))},
                                        std::chrono::day{static_cast<unsigned>(number(6, 2))}};
  const int hour = number(9, 2);
  const int minute = number(11, 2);
  const int second = number(13, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const auto since_epoch =
      std::chrono::sys_days{day}.time_since_epoch() + std::chrono::hours{hour} + minutes{minute} + seconds{second};
  return RealTime::TimePoint{std::chrono::duration_cast<Duration>(since_epoch)};
}

std::string to_basic_date(RealTime::TimePoint time) {
  const auto since_epoch = std::chrono::floor<seconds>(time).time_since_epoch().count();
  return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(static_cast<std::time_t>(since_epoch)));
}

ApiError invalid_signature(std::string text) { return {ErrorKind::kInvalidSignature, std::move(text)}; }

/// Cuts `text` at each `separator`.
std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

bool is_region(std::string_view text) {
  const auto words = split(text, '-');
  if (words.size() < 3) return false;
  return std::all_of(words.begin(), words.end(), [](std::string_view word) {
    return !word.empty() && std::all_of(word.begin(), word.end(), [](char character) {
      return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9');
    });
  });
}

/// The elements of a credential behind its key.
signing::Scope scope_of(std::string_view credential) {
  const auto parts = split(credential, '/');
  return {.date = parts.at(1), .region = parts.at(2), .service = parts.at(3), .terminator = parts.at(4)};
}

/// All parameters but the signature itself, decoded.
signing::NamesAndValues signed_parameters(std::string_view query) {
  signing::NamesAndValues parameters;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    std::string name = percent_decode(pair.substr(0, equals));
    if (name == "X-Amz-Signature") continue;
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    parameters.emplace_back(std::move(name), percent_decode(value));
  }
  return parameters;
}

/// Fields that are signed and not sent count as empty ones.
signing::NamesAndValues signed_fields(const RequestHead& head, std::string_view names) {
  signing::NamesAndValues fields;
  for (const std::string_view name : split(names, ';')) {
    const std::size_t before = fields.size();
    for (const std::string_view value : head.find_all(name)) fields.emplace_back(name, value);
    if (fields.size() == before) fields.emplace_back(name, "");
  }
  return fields;
}

Result<void> check_scope(const signing::Scope& scope, std::string_view date) {
  std::string wrong;
  if (!is_region(scope.region)) {
    wrong.append(fmt::format("Credential should be scoped to a valid region, not '{}'. ", scope.region));
  }
  if (scope.service != kService) wrong.append("Credential should be scoped to correct service: 'dynamodb'. ");
  if (scope.terminator != signing::kTerminator) {
    wrong.append(fmt::format("Credential should be scoped with a valid terminator: 'aws4_request', not '{}'. ",
                             scope.terminator));
  }
  const std::string_view day = date.substr(0, 8);
  if (scope.date != day) {
    wrong.append(
        fmt::format("Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{}' != "
                    "'{}', from '{}'.",
                    scope.date, day, date));
  }
  if (wrong.empty()) return {};
  return invalid_signature(std::move(wrong));
}

}  // namespace

SignatureVerifier::SignatureVerifier(const std::vector<model::AccessKey>& keys, const RealTime& time) : time_{time} {
  for (const auto& key : keys) keys_.insert_or_assign(key.id, key);
}

Result<void> SignatureVerifier::check_date(const SignatureParts& parts) const {
  const auto signed_at = parse_basic_date(parts.date);
  if (!signed_at) {
    return ApiError{ErrorKind::kIncompleteSignature,
                    fmt::format("Date must be in ISO-8601 'basic format'. Got '{}'. See "
                                "http://en.wikipedia.org/wiki/ISO_8601",
                                parts.date)};
  }
  const auto now = time_.now();
  if (*signed_at < now - kTolerance) {
    return invalid_signature(fmt::format("Signature expired: {} is now earlier than {} ({} - 15 min.)", parts.date,
                                         to_basic_date(now - kTolerance), to_basic_date(now)));
  }
  if (*signed_at > now + kTolerance) {
    return invalid_signature(fmt::format("Signature not yet current: {} is still later than {} ({} + 15 min.)",
                                         parts.date, to_basic_date(now + kTolerance), to_basic_date(now)));
  }
  return {};
}

Result<void> SignatureVerifier::check_form(const SignatureParts& parts) const {
  TRY(check_date(parts));
  const auto names = split(parts.signed_headers, ';');
  if (std::find(names.begin(), names.end(), "host") == names.end()) {
    return invalid_signature("'Host' must be a 'SignedHeader' in the AWS Authorization.");
  }
  if (parts.algorithm != signing::kAlgorithm) {
    return ApiError{
        ErrorKind::kIncompleteSignature,
        fmt::format("Unsupported AWS 'algorithm': '{}' (only AWS4-HMAC-SHA256 for now). ", parts.algorithm)};
  }
  return {};
}

Result<void> SignatureVerifier::check_signature(const RequestHead& head, const SignatureParts& parts,
                                                std::string_view payload) const {
  const auto scope = scope_of(parts.credential);
  TRY(check_scope(scope, parts.date));
  const auto key = keys_.find(parts.credential.substr(0, parts.credential.find('/')));
  if (key == keys_.end()) {
    return ApiError{ErrorKind::kUnrecognizedClient, "The security token included in the request is invalid."};
  }
  if (parts.security_token != key->second.session_token) {
    return ApiError{ErrorKind::kUnrecognizedClient, "The security token included in the request is invalid"};
  }
  const std::string query = signing::canonical_query(signed_parameters(head.query()));
  // Nothing but the root is signed for DynamoDB.
  const std::string request = signing::CanonicalRequest{.method = head.method(),
                                                        .path = "/",
                                                        .query = query,
                                                        .fields = signed_fields(head, parts.signed_headers),
                                                        .payload = payload}
                                  .text();
  const std::string to_sign = signing::string_to_sign(parts.date, scope, request);
  const std::string expected = signing::signature(key->second.secret, scope, to_sign);
  if (expected.size() == parts.signature.size() &&
      CRYPTO_memcmp(expected.data(), parts.signature.data(), expected.size()) == 0) {
    return {};
  }
  return invalid_signature(fmt::format(
      "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
      "Access Key and signing method. Consult the service documentation for details.\n\nThe Canonical String "
      "for this request should have been\n'{}'\n\nThe String-to-Sign should have been\n'{}'\n",
      request, to_sign));
}

}  // namespace millrace::http
