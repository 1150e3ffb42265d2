// Requests as the service's own toString() prints them: some constraint messages echo a whole member that way (API
// reference, 2.1). Only error texts use it.
#pragma once

#include <string>

#include "server/model/attribute_value.hpp"

namespace millrace::api {

/// `AttributeValue(s=x, n=null, b=null, …)`
std::string to_java_text(const model::AttributeValue& value);

/// `{p=AttributeValue(…), …}`
std::string to_java_text(const model::Item& item);

}  // namespace millrace::api
