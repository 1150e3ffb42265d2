// DynamoDB items in Amazon Ion's text form (as AWS exports and imports them): numbers are decimals, sets are lists with
// an annotation ($dynamodb_SS, $dynamodb_NS, $dynamodb_BS), blobs stand in {{ }}.
#pragma once

#include <string>
#include <string_view>

#include "server/model/attribute_value.hpp"
#include "server/transfers/format/malformed.hpp"

namespace millrace::transfers {

/// Appends `{name:value,…}`. What it appends is read back by ion_record_to_json() as the same item.
void append_ion(std::string& out, const model::Item& item);

/// Translates a top-level struct with a member `Item` into the text of a JSON object: `{"Item":{"a":{"S":"x"}}}`, and
/// the members of an expression beside it (ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues).
/// Values mean what DynamoDB makes of them: text and symbols are S, integers, decimals and floats N, structs M.
/// Errors: no Ion, nested more than 40 levels, or a type that DynamoDB has not (timestamps, clobs, s-expressions).
ReadResult<std::string> ion_record_to_json(std::string_view text);

}  // namespace millrace::transfers
