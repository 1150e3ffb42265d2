// Walks the text of a JSON document beside its parsed form, to tell how a value was spelt.
//
// The parser keeps values, not texts: `1.7E9` becomes a double, an unknown member a tree. The cursor follows the same
// members in the same order and yields the text of each value. It trusts that the text was parsed successfully; it
// never reads outside it.
#pragma once

#include <string_view>

namespace millrace::handler {

class RawCursor {
 public:
  /// `json` is a complete valid document.
  explicit RawCursor(std::string_view json) : rest_{json} {}

  /// Steps into an object or array.
  void enter();
  /// Steps out of it, past the closing bracket.
  void leave();
  /// Stands at a member: steps over its name and colon.
  void skip_name();
  /// Stands at a value: steps over it, and over a comma behind it, and returns its text.
  std::string_view take_value();
  /// Steps over a comma, if one stands here: to be called after leave().
  void skip_comma();

 private:
  void skip_blanks();
  void skip_string();
  void skip_one(std::size_t characters);

  std::string_view rest_;
};

}  // namespace millrace::handler
