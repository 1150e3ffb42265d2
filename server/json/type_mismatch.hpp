// SerializationException: what AWS says when a member has the wrong JSON type (API reference, 1.6).
#pragma once

#include <string_view>

#include "server/base/result.hpp"
#include "server/json/document.hpp"

namespace millrace::json {

/// A scalar was expected (`java_type` such as `String`, `Integer`) and `got` is something else. `java_class` is the
/// full name that the text for arrays carries.
ApiError cannot_be_converted(Element got, std::string_view java_type, std::string_view java_class);
/// A blob was expected and `got` is not a string.
ApiError cannot_be_blob(Element got);
/// A list was expected.
ApiError not_a_list(Element got);
/// A map from string to `value_class` was expected.
ApiError not_a_map(Element got, std::string_view value_class);
/// A structure was expected as a member of the request.
ApiError not_a_structure(Element got, std::string_view shape);
/// A structure was expected as a list element or map value.
ApiError not_a_structure_inside(Element got, std::string_view shape);
/// A list or map was expected inside another (BatchWriteItem's list per table, entries of `Keys`, of `M`, of `L`).
ApiError not_a_nested_collection();

/// true, false, or the strings AWS takes for them (`true`, `1`, `yes`, `false`, `0`, `no`, any case).
Result<bool> to_boolean(Element element);

}  // namespace millrace::json
