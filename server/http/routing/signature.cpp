#include "server/http/routing/signature.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <optional>

#include "server/http/routing/router.hpp"

namespace millrace::http {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";
constexpr std::string_view kService = "dynamodb";
constexpr std::string_view kTerminator = "aws4_request";
constexpr auto kTolerance = minutes{15};

std::string to_hex(std::string_view bytes) {
  std::string text;
  text.reserve(2 * bytes.size());
  for (const char byte : bytes) fmt::format_to(std::back_inserter(text), "{:02x}", static_cast<unsigned char>(byte));
  return text;
}

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());  // NOLINT: OpenSSL's bytes
}

std::string hmac(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(), digest.data(), &length);
  return {digest.begin(), digest.begin() + length};
}

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

/// Blanks at the ends go, and inner runs of blanks become one.
void append_trimmed(std::string& out, std::string_view value) {
  const std::size_t begin = out.size();
  for (const char character : value) {
    const bool blank = character == ' ' || character == '\t';
    if (blank && (out.size() == begin || out.back() == ' ')) continue;
    out.push_back(blank ? ' ' : character);
  }
  while (out.size() > begin && out.back() == ' ') out.pop_back();
}

/// All but what RFC 3986 calls unreserved.
std::string percent_encode(std::string_view text) {
  std::string encoded;
  for (const char character : text) {
    const bool plain = (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
                       (character >= '0' && character <= '9') ||
                       std::string_view{"-._~"}.find(character) != std::string_view::npos;
    if (plain) {
      encoded.push_back(character);
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return encoded;
}

std::string canonical_query(std::string_view query) {
  std::vector<std::string> parameters;
  for (const std::string_view pair : split(query, '&')) {
    if (pair.empty()) continue;
    const std::size_t equals = pair.find('=');
    const std::string name = percent_encode(percent_decode(pair.substr(0, equals)));
    if (name == "X-Amz-Signature") continue;
    const std::string_view value = equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1);
    parameters.push_back(name + "=" + percent_encode(percent_decode(value)));
  }
  std::sort(parameters.begin(), parameters.end());
  std::string text;
  for (const std::string& parameter : parameters) text.append(text.empty() ? "" : "&").append(parameter);
  return text;
}

std::string canonical_request(const RequestHead& head, const SignatureParts& parts, std::string_view payload) {
  // Nothing but the root is signed for DynamoDB.
  std::string text = fmt::format("{}\n/\n{}\n", head.method(), canonical_query(head.query()));
  for (const std::string_view name : split(parts.signed_headers, ';')) {
    text.append(name).push_back(':');
    bool first = true;
    for (const std::string_view value : head.find_all(name)) {
      if (!std::exchange(first, false)) text.push_back(',');
      append_trimmed(text, value);
    }
    text.push_back('\n');
  }
  return text.append("\n").append(parts.signed_headers).append("\n").append(payload);
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

struct Scope {
  std::string_view key_id;
  std::string_view date;
  std::string_view region;
  std::string_view service;
  std::string_view terminator;
};

Scope scope_of(std::string_view credential) {
  const auto parts = split(credential, '/');
  return {parts.at(0), parts.at(1), parts.at(2), parts.at(3), parts.at(4)};
}

Result<void> check_scope(const Scope& scope, std::string_view date) {
  std::string wrong;
  if (!is_region(scope.region)) {
    wrong.append(fmt::format("Credential should be scoped to a valid region, not '{}'. ", scope.region));
  }
  if (scope.service != kService) wrong.append("Credential should be scoped to correct service: 'dynamodb'. ");
  if (scope.terminator != kTerminator) {
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

std::string payload_hash(std::string_view body) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(body), body.size(), digest.data());
  return to_hex(std::string{digest.begin(), digest.end()});
}

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
  if (parts.algorithm != kAlgorithm) {
    return ApiError{
        ErrorKind::kIncompleteSignature,
        fmt::format("Unsupported AWS 'algorithm': '{}' (only AWS4-HMAC-SHA256 for now). ", parts.algorithm)};
  }
  return {};
}

Result<void> SignatureVerifier::check_signature(const RequestHead& head, const SignatureParts& parts,
                                                std::string_view payload) const {
  const Scope scope = scope_of(parts.credential);
  TRY(check_scope(scope, parts.date));
  const auto key = keys_.find(scope.key_id);
  if (key == keys_.end()) {
    return ApiError{ErrorKind::kUnrecognizedClient, "The security token included in the request is invalid."};
  }
  if (parts.security_token != key->second.session_token) {
    return ApiError{ErrorKind::kUnrecognizedClient, "The security token included in the request is invalid"};
  }
  const std::string request = canonical_request(head, parts, payload);
  const std::string to_sign = fmt::format("{}\n{}\n{}/{}/{}/{}\n{}", kAlgorithm, parts.date, scope.date, scope.region,
                                          scope.service, scope.terminator, payload_hash(request));
  std::string signing_key = "AWS4" + key->second.secret;
  for (const std::string_view part : {scope.date, scope.region, scope.service, scope.terminator}) {
    signing_key = hmac(signing_key, part);
  }
  const std::string expected = to_hex(hmac(signing_key, to_sign));
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
