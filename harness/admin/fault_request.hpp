// A fault plan as text: the body of PUT /_millrace/faults, and the file of --faults.
#pragma once

#include <string_view>

#include "server/base/faults.hpp"
#include "server/base/result.hpp"

namespace millrace::admin {

/// Reads `{"seed":7,"points":{"storage.commit":{"probability":0.01,"times":3,"after":10},…}}`; every member may be
/// absent, and a rule of `{}` fires always. Errors: InvalidParameterValueException, with a sentence that says what
/// would be right and, for an unknown point, which there are.
Result<base::FaultSettings> parse_fault_plan(std::string_view text);

}  // namespace millrace::admin
