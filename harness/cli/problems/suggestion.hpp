// "Did you mean …?": the known word nearest to one that was typed.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::cli {

/// How many letters have to be inserted, removed, replaced or swapped with their neighbour to make `a` of `b` (optimal
/// string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The one of `known` nearest to `typed`, unless even that is a different word: a third of its letters, or two of a
/// short word's, may be wrong. Leading dashes count for nothing, so that `-port` finds `--port`. The first of several.
std::optional<std::string> nearest(std::string_view typed, const std::vector<std::string>& known);

}  // namespace millrace::cli
