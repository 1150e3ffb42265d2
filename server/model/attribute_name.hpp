// What may be the name of an attribute, at the top of an item or inside a map (API reference, 3.4; additions of
// November 2026, row 10).
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "server/base/result.hpp"

namespace millrace::model {

/// In bytes of UTF-8.
inline constexpr std::size_t kMaxAttributeNameBytes = 65'535;

/// What is wrong with `name`, as messages say it; empty when nothing is.
std::string_view attribute_name_fault(std::string_view name);

/// The same as a ValidationException that stands alone.
Result<void> check_attribute_name(std::string_view name);

/// `[a, b]`, as messages list names.
std::string bracketed(std::span<const std::string_view> names);

}  // namespace millrace::model
