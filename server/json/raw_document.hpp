// JSON read without changing it: every value is a span of the text. For texts that are handed on as they came (events,
// payloads, what functions answer) and for numbers of any length.
//
// One pass without recursion over text whose nesting is bounded; nothing is copied. Why not simdjson: it keeps values
// and not their spelling, and knows no number beyond 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::json {

/// The bound of nesting for texts that are only handed on. DynamoDB's own events nest some seventy levels at most.
inline constexpr std::size_t kMaxRawDepth = 512;

class RawDocument;

enum class RawKind : std::uint8_t { kObject, kArray, kString, kNumber, kBoolean, kNull };

/// Of a value that begins with this character.
constexpr RawKind kind_beginning_with(char first) {
  switch (first) {
    case '{': return RawKind::kObject;
    case '[': return RawKind::kArray;
    case '"': return RawKind::kString;
    case 't':
    case 'f': return RawKind::kBoolean;
    case 'n': return RawKind::kNull;
    default: return RawKind::kNumber;
  }
}

/// One value of a RawDocument. Valid as long as the document stays where it is and its text lives.
class RawValue {
 public:
  [[nodiscard]] RawKind kind() const;
  /// The value as it is spelt, without blanks around it.
  [[nodiscard]] std::string_view text() const;
  /// The content of a string; half a surrogate pair becomes U+FFFD. Precondition: kind() is kString.
  [[nodiscard]] std::string string() const;

  /// The same, without a copy where it is spelt without escapes: `buffer` holds it otherwise.
  [[nodiscard]] std::string_view string(std::string& buffer) const;

  /// Calls `visit(std::string_view name, RawValue)` for the members of an object in their order; none for other kinds.
  /// The name is gone when `visit` returns.
  template <class Visit>
  void each_member(const Visit& visit) const;
  /// Calls `visit(RawValue)` for the elements of an array in their order; none for other kinds.
  template <class Visit>
  void each_element(const Visit& visit) const;
  /// The last member called `name`, or empty.
  [[nodiscard]] std::optional<RawValue> find(std::string_view name) const;

 private:
  friend class RawDocument;
  RawValue(const RawDocument& document, std::size_t node) : document_{&document}, node_{node} {}
  [[nodiscard]] std::size_t end() const;
  [[nodiscard]] std::size_t behind(std::size_t node) const;

  const RawDocument* document_;
  std::size_t node_;
};

class RawDocument {
 public:
  /// Empty when the text is not JSON, not UTF-8, or nests more than `max_depth` levels. A byte order mark in front is
  /// skipped. The text must outlive the document.
  static std::optional<RawDocument> parse(std::string_view text, std::size_t max_depth = kMaxRawDepth);

  [[nodiscard]] RawValue root() const { return {*this, 0}; }

  /// A value, or the name of a member, which stands before its value.
  struct Node {
    std::uint32_t begin;  ///< first character
    std::uint32_t end;    ///< behind the last one
    std::uint32_t next;   ///< the node behind this one and all inside it
  };

 private:
  friend class RawValue;

  std::string_view text_;
  std::vector<Node> nodes_;
};

/// Whether RawDocument::parse() would read the text; builds nothing.
bool is_json(std::string_view text, std::size_t max_depth = kMaxRawDepth);

/// The text behind a UTF-8 byte order mark, if it begins with one.
std::string_view without_byte_order_mark(std::string_view text);

/// The content of a string that is spelt like that between its quotes, as RawValue::string() has it. Precondition: it
/// is part of a text that is JSON.
std::string unescaped(std::string_view spelt);

/// A JSON text on one line: without the blanks between its tokens.
std::string without_blanks(std::string_view json);
void append_without_blanks(std::string& out, std::string_view json);

template <class Visit>
void RawValue::each_member(const Visit& visit) const {
  if (kind() != RawKind::kObject) return;
  std::string buffer;
  for (std::size_t name = node_ + 1; name < end();) {
    const RawValue value{*document_, name + 1};
    visit(RawValue{*document_, name}.string(buffer), value);
    name = value.end();
  }
}

template <class Visit>
void RawValue::each_element(const Visit& visit) const {
  if (kind() != RawKind::kArray) return;
  for (std::size_t element = node_ + 1; element < end(); element = behind(element)) {
    visit(RawValue{*document_, element});
  }
}

}  // namespace millrace::json
