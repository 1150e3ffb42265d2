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

/// What a request says outside of its body. Views, valid as long as the request.
struct RequestParameters {
  std::span<const std::string> path{};  ///< captured segments, in order of the table's rows
  std::string_view query{};
  std::function<std::string_view(std::string_view name)> header{};  ///< empty text when absent
};

/// The members in path, query and headers, by their names in the table. A text that is empty counts as absent. Adds a
/// violation for each integer that is none.
nlohmann::json read_parameters(const RequestParameters& parameters, std::span<const Member> table,
                               validation::Constraints& constraints);

/// The same, and checked: for requests without a body of members. Errors: ValidationException with all violations.
Result<nlohmann::json> read_checked_parameters(const RequestParameters& parameters, std::span<const Member> table);

/// The object in a body, of members of the right types. Errors: InvalidRequestContentException.
Result<nlohmann::json> read_body(std::string_view body, std::span<const Member> table);

}  // namespace millrace::rest
