#include "server/transfers/format/value_splitter.hpp"

#include <algorithm>

namespace millrace::transfers {
namespace {

constexpr std::size_t kMostSeenAhead = 3;  // the quotes of a long string

bool is_blank(char character) {
  return character == ' ' || character == '\n' || character == '\t' || character == '\r' || character == '\v' ||
         character == '\f';
}

}  // namespace

void ValueSplitter::append(std::string_view text) {
  if (found_) {
    begin_ = at_;
    found_ = false;
  }
  text_.erase(0, begin_);
  at_ -= begin_;
  begin_ = 0;
  text_.append(text);
}

bool ValueSplitter::skip_blanks() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  begin_ = at_;
  return at_ < text_.size();
}

ValueSplitter::Found ValueSplitter::next() {
  if (found_) {
    found_ = false;
    begin_ = at_;
  }
  if (at_ == begin_ && place_ == Place::kBetween && !skip_blanks()) return Found::kNothing;
  while (at_ < text_.size() && (ended_ || at_ + kMostSeenAhead <= text_.size())) {
    if (at_ - begin_ > kLongestRecord) return Found::kTooLong;
    if (step()) {
      found_ = true;
      return Found::kValue;
    }
  }
  if (!ended_ || at_ == begin_) return Found::kNothing;
  // What no closing brace ends; comments are nothing.
  at_ = text_.size();
  found_ = true;
  return Found::kValue;
}

bool ValueSplitter::step() {
  const char character = text_[at_];
  switch (place_) {
    case Place::kBetween: return step_between();
    case Place::kString:
    case Place::kSymbol:
      if (character == '\\') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (character == (place_ == Place::kString ? '"' : '\'')) {
        enter(Place::kBetween, 1);
      } else {
        ++at_;
      }
      return false;
    case Place::kLongString:
      if (character == '\\') {
        at_ = std::min(at_ + 2, text_.size());
      } else if (sees("'''")) {
        enter(Place::kBetween, 3);
      } else {
        ++at_;
      }
      return false;
    case Place::kBlob:
      if (sees("}}")) {
        enter(Place::kBetween, 2);
      } else {
        ++at_;
      }
      return false;
    case Place::kLineComment:
      if (character == '\n') {
        enter(Place::kBetween, 1);
      } else {
        ++at_;
      }
      return false;
    case Place::kBlockComment:
      if (sees("*/")) {
        enter(Place::kBetween, 2);
      } else {
        ++at_;
      }
      return false;
  }
  return false;
}

bool ValueSplitter::step_between() {
  const char character = text_[at_];
  if (language_ == ValueLanguage::kIon) {
    if (sees("//")) return enter(Place::kLineComment, 2), false;
    if (sees("/*")) return enter(Place::kBlockComment, 2), false;
    if (sees("'''")) return enter(Place::kLongString, 3), false;
    if (character == '\'') return enter(Place::kSymbol, 1), false;
    if (sees("{{")) return enter(Place::kBlob, 2), false;
  }
  ++at_;
  switch (character) {
    case '"': place_ = Place::kString; return false;
    case '{':
    case '[': ++depth_; return false;
    case '}':
    case ']':
      if (depth_ > 0) --depth_;
      return depth_ == 0;
    // Outside of everything a line of JSON that is no object ends a value, which whoever reads it will refuse.
    case '\n': return depth_ == 0 && language_ == ValueLanguage::kJson;
    default: return false;
  }
}

}  // namespace millrace::transfers
