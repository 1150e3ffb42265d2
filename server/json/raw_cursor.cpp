#include "server/json/raw_cursor.hpp"

namespace millrace::json {

RawKind RawCursor::kind() const { return at_ < end_ ? kind_beginning_with(*at_) : RawKind::kNull; }

void RawCursor::skip() {
  if (at_ >= end_) return;
  if (*at_ != '{' && *at_ != '[') {
    take_scalar();
    return;
  }
  std::size_t depth = 0;
  do {
    switch (*at_) {
      case '"': take_string(); break;
      case '{':
      case '[':
        ++depth;
        ++at_;
        break;
      case '}':
      case ']':
        --depth;
        ++at_;
        break;
      default: ++at_; break;
    }
  } while (depth > 0 && at_ < end_);
}

std::string_view RawCursor::take_scalar() { return at_ < end_ && *at_ == '"' ? take_string() : take_bare(); }

std::string_view RawCursor::take_string() {
  if (at_ >= end_ || *at_ != '"') {
    at_ = end_;
    return {};
  }
  const char* const begin = ++at_;
  while (const void* const found = std::memchr(at_, '"', static_cast<std::size_t>(end_ - at_))) {
    const char* const quote = static_cast<const char*>(found);
    const char* escapes = quote;
    while (escapes > begin && escapes[-1] == '\\') --escapes;
    at_ = quote + 1;
    if ((quote - escapes) % 2 == 0) return {begin, static_cast<std::size_t>(quote - begin)};
  }
  at_ = end_;
  return {begin, static_cast<std::size_t>(end_ - begin)};
}

std::string_view RawCursor::take_bare() {
  const char* const begin = at_;
  while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !is_blank(*at_)) ++at_;
  const std::string_view word{begin, static_cast<std::size_t>(at_ - begin)};
  if (word.empty()) at_ = end_;  // this is no JSON
  return word;
}

}  // namespace millrace::json
