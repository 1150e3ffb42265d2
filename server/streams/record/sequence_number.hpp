// Sequence numbers as text. AWS promises decimal strings of 21 to 40 digits that are compared as integers (reference,
// 1.11); ours are "1" followed by the storage sequence in 20 digits, so that they also compare as text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "server/storage/storage.hpp"

namespace millrace::streams {

using storage::Sequence;

/// The length AWS allows; the `SequenceNumber` constraints of the request parsers are these.
inline constexpr std::size_t kMinSequenceNumberLength = 21;
inline constexpr std::size_t kMaxSequenceNumberLength = 40;

/// Appends the 21 digits of `sequence`.
void append_sequence_number(std::string& out, Sequence sequence);
std::string to_sequence_number(Sequence sequence);

/// The inverse. Empty for anything to_sequence_number() cannot have written.
std::optional<Sequence> parse_sequence_number(std::string_view text);

}  // namespace millrace::streams
