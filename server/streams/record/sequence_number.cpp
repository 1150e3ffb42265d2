#include "server/streams/record/sequence_number.hpp"

#include <array>
#include <charconv>

namespace millrace::streams {
namespace {

constexpr std::size_t kDigits = 20;  // of the largest 64-bit number
constexpr char kLeadingDigit = '1';

}  // namespace

void append_sequence_number(std::string& out, Sequence sequence) {
  std::array<char, kDigits> digits{};
  const char* const end = std::to_chars(digits.data(), digits.data() + kDigits, sequence).ptr;
  const auto count = static_cast<std::size_t>(end - digits.data());
  out.push_back(kLeadingDigit);
  out.append(kDigits - count, '0');
  out.append(digits.data(), count);
}

std::string to_sequence_number(Sequence sequence) {
  std::string text;
  append_sequence_number(text, sequence);
  return text;
}

std::optional<Sequence> parse_sequence_number(std::string_view text) {
  if (text.size() != kDigits + 1 || text.front() != kLeadingDigit) return std::nullopt;
  Sequence sequence = 0;
  const char* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data() + 1, end, sequence);
  if (read.ec != std::errc{} || read.ptr != end) return std::nullopt;
  return sequence;
}

}  // namespace millrace::streams
