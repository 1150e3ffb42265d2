// The texts, numbers and blobs of Ion, as its text form writes them: what ion_reader.cpp reads values with.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace millrace::transfers {

inline bool is_ion_blank(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');  // with \n, \v and \f between them
}
inline bool is_digit(char character) { return character >= '0' && character <= '9'; }
inline bool is_name_begin(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
         character == '$';
}
inline bool is_name(char character) { return is_name_begin(character) || is_digit(character); }

/// A place in a text. What returns false has failed, for the reason that reason_ says.
class IonText {
 protected:
  explicit IonText(std::string_view text) : text_{text} {}

  bool fail(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }
  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return is_at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  /// Blanks and comments.
  void skip();
  /// A string, a long one, or a quoted symbol; false without a reason where there is none.
  bool read_text(std::string& text);
  /// The base64 of a blob, which begins here.
  bool read_blob(std::string& text);
  /// A number in DynamoDB's spelling.
  bool read_number(std::string& number);

  std::string_view text_;
  std::size_t at_{0};
  std::string reason_;

 private:
  bool read_until(std::string& text, std::string_view end);
  bool read_escape(std::string& text);
  std::optional<std::uint32_t> read_hex(std::size_t digits);
  bool read_code(std::string& text, std::size_t digits);
};

}  // namespace millrace::transfers
