// The operand of `cidr`: the addresses of a network, IPv4 or IPv6.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

namespace millrace::esm {

class AddressRange {
 public:
  /// The range, or EventBridge's words on why `text` is none.
  static std::variant<AddressRange, std::string> parse(std::string_view text);

  /// Whether `text` is an address of the range; what is no address is none of it. IPv4 and IPv6 are apart.
  [[nodiscard]] bool contains(std::string_view text) const;

 private:
  std::array<std::uint8_t, 16> network_{};
  bool is_v6_{false};
  unsigned prefix_bits_{0};
};

}  // namespace millrace::esm
