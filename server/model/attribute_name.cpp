#include "server/model/attribute_name.hpp"

#include <string>

namespace millrace::model {

std::string_view attribute_name_fault(std::string_view name) {
  if (name.empty()) return "Empty attribute name";
  if (name.size() > kMaxAttributeNameBytes) return "Attribute name is too large, must be less than 65536 bytes";
  return {};
}

Result<void> check_attribute_name(std::string_view name) {
  const std::string_view fault = attribute_name_fault(name);
  if (fault.empty()) return {};
  if (name.empty()) return base::invalid_parameter_values(fault);
  return base::validation_error(std::string{fault});
}

std::string bracketed(std::span<const std::string_view> names) {
  std::string text{"["};
  for (const auto name : names) {
    if (text.size() > 1) text.append(", ");
    text.append(name);
  }
  return text.append("]");
}

}  // namespace millrace::model
