// NextToken of ExecuteStatement: where the page before has ended, and of which request it is. Opaque to clients.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/base/result.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::api {

/// `request` tells requests apart; `position_json` is the LastEvaluatedKey.
std::string make_next_token(std::string_view request, std::string_view position_json);

/// The position in a token of this request. `parser` is only a place to work in. Errors: "Invalid NextToken" of a text
/// that make_next_token() has not made, "NextToken does not match request".
Result<model::Item> read_next_token(json::Parser& parser, std::string_view request, std::string_view token);

/// "Invalid NextToken".
ApiError invalid_next_token();
/// "NextToken does not match request".
ApiError foreign_next_token();

}  // namespace millrace::api
