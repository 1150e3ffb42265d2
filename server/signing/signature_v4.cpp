#include "server/signing/signature_v4.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <iterator>

namespace millrace::signing {
namespace {

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

std::string encode(std::string_view text, std::string_view also_plain) {
  std::string encoded;
  for (const char character : text) {
    const bool plain = (character >= 'A' && character <= 'Z') || (character >= 'a' && character <= 'z') ||
                       (character >= '0' && character <= '9') || also_plain.find(character) != std::string_view::npos;
    if (plain) {
      encoded.push_back(character);
    } else {
      fmt::format_to(std::back_inserter(encoded), "%{:02X}", static_cast<unsigned char>(character));
    }
  }
  return encoded;
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

}  // namespace

std::string payload_hash(std::string_view bytes) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(bytes_of(bytes), bytes.size(), digest.data());
  return to_hex(std::string{digest.begin(), digest.end()});
}

std::string percent_encode(std::string_view text) { return encode(text, "-._~"); }
std::string percent_encode_path(std::string_view path) { return encode(path, "-._~/"); }

std::string canonical_query(const NamesAndValues& parameters) {
  std::vector<std::string> encoded;
  encoded.reserve(parameters.size());
  for (const auto& [name, value] : parameters) encoded.push_back(percent_encode(name) + "=" + percent_encode(value));
  std::sort(encoded.begin(), encoded.end());
  std::string text;
  for (const auto& parameter : encoded) text.append(text.empty() ? "" : "&").append(parameter);
  return text;
}

std::string CanonicalRequest::signed_headers() const {
  std::string names;
  std::string_view last;
  for (const auto& [name, value] : fields) {
    if (name == last) continue;
    names.append(names.empty() ? "" : ";").append(name);
    last = name;
  }
  return names;
}

std::string CanonicalRequest::text() const {
  std::string text = fmt::format("{}\n{}\n{}\n", method, path, query);
  const std::string* last = nullptr;
  for (const auto& [name, value] : fields) {
    if (last != nullptr && *last == name) {
      text.back() = ',';  // another field of that name
    } else {
      text.append(name).push_back(':');
    }
    append_trimmed(text, value);
    text.push_back('\n');
    last = &name;
  }
  return text.append("\n").append(signed_headers()).append("\n").append(payload);
}

std::string string_to_sign(std::string_view date, const Scope& scope, std::string_view canonical_request) {
  return fmt::format("{}\n{}\n{}/{}/{}/{}\n{}", kAlgorithm, date, scope.date, scope.region, scope.service,
                     scope.terminator, payload_hash(canonical_request));
}

std::string signature(std::string_view secret, const Scope& scope, std::string_view string_to_sign) {
  std::string key = fmt::format("AWS4{}", secret);
  for (const std::string_view part : {scope.date, scope.region, scope.service, scope.terminator}) key = hmac(key, part);
  return to_hex(hmac(key, string_to_sign));
}

}  // namespace millrace::signing
