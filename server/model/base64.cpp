#include "server/model/base64.hpp"

#include <array>
#include <cstdint>

namespace millrace::model {
namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t kInvalid = 0xFF;

constexpr std::array<std::uint8_t, 256> make_values() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kInvalid);
  for (std::size_t n = 0; n < kAlphabet.size(); ++n) {
    values[static_cast<unsigned char>(kAlphabet[n])] = static_cast<std::uint8_t>(n);
  }
  return values;
}
constexpr auto kValues = make_values();

// The typo is AWS's.
ApiError bad_character() { return base::serialization_error("Invalid last non-pad Base64 character dectected"); }

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string out;
  append_base64(out, bytes);
  return out;
}

void append_base64(std::string& out, std::string_view bytes) {
  out.reserve(out.size() + (bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    const std::size_t left = bytes.size() - at;
    const auto byte = [&](std::size_t n) {
      return n < left ? std::uint32_t{static_cast<unsigned char>(bytes[at + n])} : 0U;
    };
    const std::uint32_t bits = (byte(0) << 16U) | (byte(1) << 8U) | byte(2);
    out.push_back(kAlphabet[bits >> 18U]);
    out.push_back(kAlphabet[(bits >> 12U) & 0x3FU]);
    out.push_back(left > 1 ? kAlphabet[(bits >> 6U) & 0x3FU] : '=');
    out.push_back(left > 2 ? kAlphabet[bits & 0x3FU] : '=');
  }
}

Result<std::string> decode_base64(std::string_view text) {
  if (text.size() % 4 != 0) {
    return base::serialization_error("Base64 encoded length is expected a multiple of 4 bytes but found: " +
                                     std::to_string(text.size()));
  }
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  for (std::size_t at = 0; at < text.size(); at += 4) {
    const bool last = at + 4 == text.size();
    const std::size_t padding = !last ? 0 : text[at + 3] != '=' ? 0 : text[at + 2] != '=' ? 1 : 2;
    std::uint32_t bits = 0;
    for (std::size_t n = 0; n < 4; ++n) {
      const std::uint8_t value = n < 4 - padding ? kValues[static_cast<unsigned char>(text[at + n])] : std::uint8_t{0};
      if (value == kInvalid) return bad_character();
      bits = (bits << 6U) | value;
    }
    // Bits that the padding cuts off must be zero, or two texts would mean the same bytes.
    const bool stray_bits = padding == 1 ? (bits & 0xFFU) != 0 : padding == 2 && (bits & 0xFFFFU) != 0;
    if (stray_bits) return bad_character();
    bytes.push_back(static_cast<char>(bits >> 16U));
    if (padding < 2) bytes.push_back(static_cast<char>((bits >> 8U) & 0xFFU));
    if (padding < 1) bytes.push_back(static_cast<char>(bits & 0xFFU));
  }
  return bytes;
}

}  // namespace millrace::model
