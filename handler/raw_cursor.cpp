#include "handler/raw_cursor.hpp"

#include <algorithm>

namespace millrace::handler {

void RawCursor::skip_one(std::size_t characters) { rest_.remove_prefix(std::min(characters, rest_.size())); }

void RawCursor::skip_blanks() {
  const auto at = rest_.find_first_not_of(" \t\r\n");
  rest_.remove_prefix(std::min(at, rest_.size()));
}

void RawCursor::skip_string() {
  std::size_t at = 1;
  while (true) {
    at = rest_.find('"', at);
    if (at == std::string_view::npos) return skip_one(rest_.size());
    std::size_t backslashes = 0;
    while (rest_[at - 1 - backslashes] == '\\') ++backslashes;
    ++at;
    if (backslashes % 2 == 0) return skip_one(at);
  }
}

void RawCursor::enter() {
  skip_blanks();
  skip_one(1);
}

void RawCursor::leave() {
  skip_blanks();
  skip_one(1);
}

void RawCursor::skip_name() {
  skip_blanks();
  skip_string();
  skip_blanks();
  skip_one(1);
}

void RawCursor::skip_comma() {
  skip_blanks();
  if (rest_.starts_with(',')) skip_one(1);
}

std::string_view RawCursor::take_value() {
  skip_blanks();
  const std::string_view start = rest_;
  if (rest_.starts_with('"')) {
    skip_string();
  } else if (rest_.starts_with('{') || rest_.starts_with('[')) {
    std::size_t depth = 0;
    do {
      const auto at = rest_.find_first_of("\"{}[]");
      if (at == std::string_view::npos) {
        skip_one(rest_.size());
        break;
      }
      skip_one(at);
      if (rest_.front() == '"') {
        skip_string();
        continue;
      }
      const bool opens = rest_.front() == '{' || rest_.front() == '[';
      depth = opens ? depth + 1 : depth - 1;
      skip_one(1);
    } while (depth > 0);
  } else {
    skip_one(std::min(rest_.find_first_of(",]} \t\r\n"), rest_.size()));
  }
  const std::string_view text = start.substr(0, start.size() - rest_.size());
  skip_comma();
  return text;
}

}  // namespace millrace::handler
