// Which parts of items an answer shows.
#pragma once

#include <optional>
#include <string>

#include "server/expression/projection.hpp"
#include "server/json/document.hpp"

namespace millrace::plan {

/// Empty: the whole item.
using ItemProjection = std::optional<expression::ResolvedProjection>;

/// What is shown of a stored item. Without a projection that is the stored text, moved; no tree is built.
std::string shown_json(const ItemProjection& projection, json::Parser& parser, std::string item_json);

}  // namespace millrace::plan
