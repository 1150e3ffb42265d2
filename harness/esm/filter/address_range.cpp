#include "harness/esm/filter/address_range.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <optional>

namespace millrace::esm {
namespace {

struct Address {
  std::array<std::uint8_t, 16> bytes{};
  bool is_v6{false};
};

std::optional<Address> read_address(std::string_view text) {
  if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  const std::string terminated{text};
  Address address;
  if (inet_pton(AF_INET, terminated.c_str(), address.bytes.data()) == 1) return address;
  address.is_v6 = true;
  if (inet_pton(AF_INET6, terminated.c_str(), address.bytes.data()) == 1) return address;
  return std::nullopt;
}

}  // namespace

std::variant<AddressRange, std::string> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos || text.find('/', slash + 1) != std::string_view::npos) {
    return "Malformed CIDR, one '/' required";
  }
  int bits = 0;
  const std::string_view digits = text.substr(slash + 1);
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (digits.empty() || read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) {
    return "Malformed CIDR, mask bits must be an integer";
  }
  if (bits < 0) return "Malformed CIDR, mask bits must not be negative";
  const std::string_view address_text = text.substr(0, slash);
  const auto address = read_address(address_text);
  if (!address) return std::string{"Nonstandard IP address: "}.append(address_text);
  if (!address->is_v6 && bits > 32) return "IPv4 mask bits must be < 33";
  if (address->is_v6 && bits > 128) return "IPv6 mask bits must be < 129";
  AddressRange range;
  range.network_ = address->bytes;
  range.is_v6_ = address->is_v6;
  range.prefix_bits_ = static_cast<unsigned>(bits);
  return range;
}

bool AddressRange::contains(std::string_view text) const {
  const auto address = read_address(text);
  if (!address || address->is_v6 != is_v6_) return false;
  const std::size_t whole = prefix_bits_ / 8;
  if (!std::equal(network_.begin(), network_.begin() + whole, address->bytes.begin())) return false;
  const unsigned rest = prefix_bits_ % 8;
  if (rest == 0) return true;
  const unsigned shift = 8 - rest;
  return (network_[whole] >> shift) == (address->bytes[whole] >> shift);
}

}  // namespace millrace::esm
