// Where the members of a request come from: its path, query, headers and body, as the table of the operation says.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/rest/member_table.hpp"

namespace millrace::rest {

/// What a request says. Views, valid as long as the request.
struct RequestParts {
  std::span<const std::string> path{};                              ///< captured segments, in order of the table's rows
  std::string_view query{};                                         ///< still percent-encoded
  std::function<std::string_view(std::string_view name)> header{};  ///< empty text when absent
  std::string_view body{};
};

/// The members of a request by their names in the table: those of the body, when the table has any there, and those in
/// path, query and headers. Outside of the body an empty string counts as absent; an empty integer is no integer.
/// Errors: InvalidRequestContentException for a body of the wrong shape or a member of a wrong type, then
/// ValidationException with all violations.
Result<nlohmann::json> read_members(const RequestParts& parts, std::span<const Member> table);

/// The object in a body, of members of the right types, for operations that check more before the constraints. Errors:
/// InvalidRequestContentException.
Result<nlohmann::json> read_body(std::string_view body, std::span<const Member> table);

}  // namespace millrace::rest
