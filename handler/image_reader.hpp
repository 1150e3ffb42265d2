// Attribute values of an event, read tolerantly: what PutItem would refuse is a problem of that value and no error.
// Internal to handler.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "server/json/raw_document.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::handler {

/// Takes what is odd: the path inside the image (`.tags`, `.list[3].map.name`) and a text.
using TellProblem = std::function<void(std::string_view path, std::string_view text)>;

/// Reads an image or a key: what can be read of it. `image` is any value; one that is no object has no attributes.
model::Item read_image(json::RawValue image, const TellProblem& tell);

}  // namespace millrace::handler
