// What makes a request the same as an earlier one: the text of those of its members whose change makes it another.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "server/json/document.hpp"

namespace millrace::api {

/// Short, of letters, digits and `-`: equal requests have equal ones.
std::string fingerprint_of(const json::Object& body, std::initializer_list<std::string_view> members);

}  // namespace millrace::api
