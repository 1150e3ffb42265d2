// Goes over a JSON text once, from front to back, and notes nothing: for who looks at a few members of many texts and
// steps over the rest. RawDocument finds out whether a text is JSON; this does not. What is not JSON is left early, and
// nothing is read beyond its end.
#pragma once

#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

#include "server/json/raw_document.hpp"

namespace millrace::json {

class RawCursor {
 public:
  /// Stands before the value that the text is. The text outlives the cursor.
  explicit RawCursor(std::string_view json) : at_{json.data()}, end_{json.data() + json.size()} { skip_blanks(); }

  /// The kind of the value that the cursor stands before; kNull at the end of the text.
  [[nodiscard]] RawKind kind() const;

  /// Steps over the value.
  void skip();
  /// Steps over a string, a number or a word and returns it as it is spelt; of a string what is between its quotes.
  /// Precondition: kind() is neither kObject nor kArray.
  std::string_view take_scalar();

  /// Steps over an object and calls `visit(std::string_view name, RawCursor& value)` for each member, in the order of
  /// the text; the name is spelt as in it, without quotes. `visit` steps over the value. Where it returns a bool, false
  /// ends the visit there, and the cursor is of no more use. Precondition: kind().
  template <class Visit>
  void each_member(const Visit& visit) {
    open();
    while (at_ < end_ && *at_ != '}') {
      const std::string_view name = take_string();
      pass(':');
      if constexpr (std::is_void_v<std::invoke_result_t<Visit, std::string_view, RawCursor&>>) {
        visit(name, *this);
      } else {
        if (!visit(name, *this)) return;
      }
      pass(',');
    }
    if (at_ < end_) ++at_;
  }

  /// The same of an array, `visit(RawCursor& element)`.
  template <class Visit>
  void each_element(const Visit& visit) {
    open();
    while (at_ < end_ && *at_ != ']') {
      visit(*this);
      pass(',');
    }
    if (at_ < end_) ++at_;
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }
  void skip_blanks() {
    while (at_ < end_ && is_blank(*at_)) ++at_;
  }
  void open() {
    ++at_;
    skip_blanks();
  }
  /// Over a character that may stand here, with the blanks around it.
  void pass(char c) {
    skip_blanks();
    if (at_ < end_ && *at_ == c) ++at_;
    skip_blanks();
  }
  std::string_view take_string();
  std::string_view take_bare();

  const char* at_;
  const char* end_;
};

/// The content of a string, or name, that is spelt like that between its quotes: `spelt` itself when it has no escapes,
/// or else `scratch`, which is written over.
inline std::string_view content_of(std::string_view spelt, std::string& scratch) {
  if (spelt.empty() || std::memchr(spelt.data(), '\\', spelt.size()) == nullptr) return spelt;
  scratch = unescaped(spelt);
  return scratch;
}

}  // namespace millrace::json
