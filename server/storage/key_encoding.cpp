#include "server/storage/key_encoding.hpp"

#include <array>
#include <stdexcept>

#include "server/base/big_endian.hpp"

namespace millrace::storage {
namespace {

constexpr std::size_t kHashBytes = sizeof(std::uint32_t);

// First byte of an encoded number: negative numbers sort before zero, zero before positive ones.
constexpr unsigned char kNegative = 0x01;
constexpr unsigned char kZero = 0x02;
constexpr unsigned char kPositive = 0x03;
constexpr int kExponentBias = 130;  // leading exponents lie in [-130, 125]: exactly one byte

void append_byte(EncodedKey& out, unsigned byte) { out.push_back(static_cast<char>(static_cast<unsigned char>(byte))); }

// 0x00 becomes 00 FF and the end is 00 00, so a string sorts before every longer one it begins.
void append_bytes(EncodedKey& out, std::string_view bytes) {
  for (std::size_t zero = bytes.find('\0'); zero != std::string_view::npos; zero = bytes.find('\0')) {
    out.append(bytes.substr(0, zero + 1));
    out.push_back('\xFF');
    bytes.remove_prefix(zero + 1);
  }
  out.append(bytes);
  out.append(2, '\0');
}

// Sign, exponent of the leading digit, then two digits per byte (1 to 100) and a closing 0. Of two positive numbers the
// one with the greater exponent is greater, else the first different digit decides; in negative ones every byte behind
// the sign is inverted, which turns the order around.
void append_number(EncodedKey& out, const model::Number& number) {
  if (number.is_zero()) {
    append_byte(out, kZero);
    return;
  }
  std::array<char, model::Number::kMaxDigits + 1> digits{};
  number.write_digits(digits.data());
  const auto count = static_cast<std::size_t>(number.digit_count());
  digits[count] = '0';  // pairs an odd last digit

  const unsigned mask = number.is_negative() ? 0xFFU : 0x00U;
  append_byte(out, number.is_negative() ? kNegative : kPositive);
  append_byte(out, static_cast<unsigned>(number.leading_exponent() + kExponentBias) ^ mask);
  for (std::size_t at = 0; at < count; at += 2) {
    const auto pair = static_cast<unsigned>((digits[at] - '0') * 10 + (digits[at + 1] - '0'));
    append_byte(out, (pair + 1) ^ mask);
  }
  append_byte(out, mask);
}

void append_attributes(EncodedKey& out, const std::vector<model::KeyAttribute>& attributes, const model::Item& item) {
  for (const model::KeyAttribute& attribute : attributes) {
    const model::AttributeValue* const value = item.find(attribute.name);
    if (value == nullptr) throw std::logic_error{"encode_key: the item lacks key attribute " + attribute.name};
    append_encoded(out, *value);
  }
}

// FNV-1a, then the finalizer of MurmurHash3: FNV alone leaves the high bits, which order the rows, poorly mixed.
std::uint32_t hash_of(std::string_view bytes) {
  std::uint32_t hash = 2166136261U;
  for (const char byte : bytes) hash = (hash ^ static_cast<unsigned char>(byte)) * 16777619U;
  hash = (hash ^ (hash >> 16U)) * 0x85EBCA6BU;
  hash = (hash ^ (hash >> 13U)) * 0xC2B2AE35U;
  return hash ^ (hash >> 16U);
}

EncodedKey start_key(const model::KeySchema& schema, const model::Item& item) {
  EncodedKey key;
  key.reserve(64);
  key.append(kHashBytes, '\0');
  append_attributes(key, schema.hash, item);
  base::write_big_endian(key.data(), hash_of(std::string_view{key}.substr(kHashBytes)));
  return key;
}

}  // namespace

void append_encoded(EncodedKey& out, const model::AttributeValue& value) {
  if (const std::string* const text = value.as_string()) {
    append_bytes(out, *text);
  } else if (const model::Number* const number = value.as_number()) {
    append_number(out, *number);
  } else if (const model::Binary* const binary = value.as_binary()) {
    append_bytes(out, binary->bytes);
  } else {
    throw std::logic_error{"append_encoded: only S, N and B make keys"};
  }
}

EncodedKey encode_key(const model::KeySchema& schema, const model::Item& key_attributes) {
  EncodedKey key = start_key(schema, key_attributes);
  append_attributes(key, schema.range, key_attributes);
  return key;
}

EncodedKey encode_index_key(const model::KeySchema& index, const model::KeySchema& table, const model::Item& item) {
  EncodedKey key = encode_key(index, item);
  append_attributes(key, table.hash, item);
  append_attributes(key, table.range, item);
  return key;
}

EncodedKey encode_hash_prefix(const model::KeySchema& schema, const model::Item& key_attributes) {
  return start_key(schema, key_attributes);
}

std::uint32_t partition_hash(std::string_view row_key) {
  if (row_key.size() < kHashBytes) throw std::logic_error{"partition_hash: not a row key"};
  return base::read_big_endian<std::uint32_t>(row_key.data());
}

EncodedKey after_prefix(std::string_view prefix) {
  while (prefix.ends_with('\xFF')) prefix.remove_suffix(1);
  EncodedKey key{prefix};
  if (!key.empty()) key.back() = static_cast<char>(static_cast<unsigned char>(key.back()) + 1U);
  return key;
}

KeyRange segment_range(std::uint32_t segment, std::uint32_t total_segments) {
  if (segment >= total_segments) throw std::logic_error{"segment_range: no such segment"};
  constexpr std::uint64_t kHashes = std::uint64_t{1} << 32U;
  const auto boundary = [total_segments](std::uint64_t number) {
    EncodedKey key(kHashBytes, '\0');
    base::write_big_endian(key.data(), static_cast<std::uint32_t>(number * kHashes / total_segments));
    return key;
  };
  return {boundary(segment), segment + 1 == total_segments ? EncodedKey{} : boundary(std::uint64_t{segment} + 1)};
}

}  // namespace millrace::storage
