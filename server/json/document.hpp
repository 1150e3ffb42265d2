// Reading JSON text. simdjson parses; what leaves this folder are its element types under our names.
//
// Why simdjson on the hot path: docs/benchmarks.md, "JSON reader". Everything cold is read by tree.hpp.
#pragma once

#include <simdjson.h>

#include <optional>
#include <string>
#include <string_view>

namespace millrace::json {

using Element = simdjson::dom::element;
using Object = simdjson::dom::object;
using Array = simdjson::dom::array;

/// Nesting that a request body may have at all. Item nesting (32 levels, two JSON levels each) is checked later, with
/// its own message; this bound only keeps every recursion over a document shallow.
inline constexpr std::size_t kMaxDocumentDepth = 512;

/// Bytes that must be allocated (their content does not matter) behind a text given to Parser::parse_padded.
inline constexpr std::size_t kPadding = simdjson::SIMDJSON_PADDING;

/// Owns the memory of one parsed document at a time: elements die at the next parse. One thread at a time.
class Parser {
 public:
  Parser() = default;

  /// Parses a whole JSON text that is an object. Empty when it is malformed, not UTF-8, nested too deeply or not an
  /// object. Throws std::bad_alloc when there is no memory for it. `text.capacity()` is raised by kPadding if needed;
  /// the content stays as it is.
  std::optional<Object> parse_object(std::string& text);

  /// The same for a text whose buffer has kPadding readable bytes behind it.
  std::optional<Object> parse_padded(std::string_view text);

  /// The same for any text; copies it first.
  std::optional<Object> parse_copy(std::string_view text);

 private:
  simdjson::dom::parser parser_;
  std::size_t capacity_{0};
};

}  // namespace millrace::json
