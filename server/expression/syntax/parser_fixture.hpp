// What the tests of the parser's parts share.
#pragma once

#include <string>
#include <string_view>

namespace millrace::expression::testing {

struct Rejection {
  std::string_view source;  ///< section of the reference
  std::string text;
  std::string error;  ///< without the prefix
};

inline std::string repeat(std::string_view piece, std::size_t times) {
  std::string text;
  for (std::size_t n = 0; n < times; ++n) text.append(piece);
  return text;
}

inline std::string syntax(std::string_view token, std::string_view near) {
  return std::string{"Syntax error; token: \""}.append(token).append("\", near: \"").append(near).append("\"");
}

}  // namespace millrace::expression::testing
