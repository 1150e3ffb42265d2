// DynamoDB events as people read them on a terminal: a line a record, or the whole JSON laid out for its width.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace millrace::replay {

/// Whether text may hold the escape sequences of a terminal's colours.
enum class Colour : std::uint8_t { kNone, kAnsi };

/// What fits a terminal of 100 columns.
inline constexpr std::size_t kScreenColumns = 100;

/// `INSERT c-003/1035  status PLACED, total 80.84, …`: what happened, the values of the key, and what changed, cut at
/// `columns`. Of attributes that are long or no scalars only the name is shown; control characters never are. Takes any
/// JSON: what is missing from a record is left out.
[[nodiscard]] std::string record_line(const nlohmann::ordered_json& record, Colour colour,
                                      std::size_t columns = kScreenColumns);

/// `value` with the members of an object or array on lines of their own unless all of it fits the rest of its line.
/// Loses nothing and keeps the order; only a single long text makes a line longer than `columns`.
[[nodiscard]] std::string laid_out(const nlohmann::ordered_json& value, std::size_t columns = kScreenColumns);

}  // namespace millrace::replay
