// Members of AWS's that ask for what is not emulated. They are refused, not overlooked; one that asks for nothing
// (null, false, an empty text or list) is let pass, as clients send such.
#pragma once

#include <span>
#include <string_view>

#include "server/base/result.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

/// Errors: ValidationException `Millrace does not emulate <name> yet`, of the first of `names` that asks for something.
Result<void> refuse_members(const json::Object& body, std::span<const std::string_view> names);

}  // namespace millrace::api
