#include "server/json/raw_document.hpp"

#include <simdjson.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "server/base/characters.hpp"

namespace millrace::json {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
using base::is_digit;

/// The value of a hexadecimal digit, or -1.
int hex_digit(char c) {
  if (is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// Checks a text token by token, and notes where values begin and end when it is given a place for that.
class Scanner {
 public:
  Scanner(std::string_view text, std::size_t max_depth, std::vector<RawDocument::Node>* nodes)
      : text_{text}, max_depth_{max_depth}, nodes_{nodes} {}

  bool scan() {
    while (true) {
      skip_blanks();
      const std::size_t node = open_node();
      if (is_at('{') || is_at('[')) {
        if (open_.size() == max_depth_) return false;
        open_.push_back({text_[at_] == '{' ? '}' : ']', node});
        ++at_;
        skip_blanks();
        if (!is_at(open_.back().closing)) {
          if (open_.back().closing == '}' && !take_name()) return false;
          continue;
        }
      } else {
        if (!take_scalar()) return false;
        close_node(node);
      }
      if (!take_what_follows()) return false;
      if (open_.empty()) return at_ == text_.size();
    }
  }

 private:
  struct Open {
    char closing;
    std::size_t node;
  };

  [[nodiscard]] bool is_at(char c) const { return at_ < text_.size() && text_[at_] == c; }
  void skip_blanks() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  }

  std::size_t open_node() {
    if (nodes_ == nullptr) return 0;
    nodes_->push_back({static_cast<std::uint32_t>(at_), 0, 0});
    return nodes_->size() - 1;
  }
  void close_node(std::size_t node) {
    if (nodes_ == nullptr) return;
    (*nodes_)[node].end = static_cast<std::uint32_t>(at_);
    (*nodes_)[node].next = static_cast<std::uint32_t>(nodes_->size());
  }

  /// Behind a value: closing brackets, then a comma (and the name behind it), or the end of the text.
  bool take_what_follows() {
    while (true) {
      skip_blanks();
      if (open_.empty()) return true;
      if (is_at(',')) {
        ++at_;
        return open_.back().closing == ']' || take_name();
      }
      if (!is_at(open_.back().closing)) return false;
      ++at_;
      close_node(open_.back().node);
      open_.pop_back();
    }
  }

  bool take_name() {
    skip_blanks();
    const std::size_t node = open_node();
    if (!take_string()) return false;
    close_node(node);
    skip_blanks();
    if (!is_at(':')) return false;
    ++at_;
    return true;
  }

  bool take_scalar() {
    if (is_at('"')) return take_string();
    for (const std::string_view word : {"true", "false", "null"}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return true;
    }
    return take_number();
  }

  bool take_string() {
    if (!is_at('"')) return false;
    for (++at_;; ++at_) {
      skip_plain_characters();
      if (at_ == text_.size()) return false;
      if (text_[at_] == '"') {
        ++at_;
        return true;
      }
      if (text_[at_] != '\\' || !take_escape()) return false;  // a control character
    }
  }

  /// To the next quote, backslash or control character, or the end.
  void skip_plain_characters() {
    static_assert(std::endian::native == std::endian::little, "the first character is the lowest byte");
    constexpr std::uint64_t kOnes = 0x0101010101010101U;
    constexpr std::uint64_t kHighs = 0x8080808080808080U;
    // The high bit of each byte that is below `bound`; what stands above the first of them may be wrong.
    const auto below = [](std::uint64_t bytes, std::uint64_t bound) {
      return (bytes - kOnes * bound) & ~bytes & kHighs;
    };
    for (; text_.size() - at_ >= sizeof(std::uint64_t); at_ += sizeof(std::uint64_t)) {
      std::uint64_t bytes = 0;
      std::memcpy(&bytes, text_.data() + at_, sizeof bytes);
      const std::uint64_t special =
          below(bytes ^ (kOnes * '"'), 1) | below(bytes ^ (kOnes * '\\'), 1) | below(bytes, 0x20);
      if (special == 0) continue;
      at_ += static_cast<std::size_t>(std::countr_zero(special)) / 8;
      return;
    }
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20) {
      ++at_;
    }
  }

  /// Leaves at the last character of the escape.
  bool take_escape() {
    ++at_;
    if (at_ == text_.size()) return false;
    if (text_[at_] != 'u') return std::string_view{"\"\\/bfnrt"}.find(text_[at_]) != std::string_view::npos;
    for (int digit = 0; digit < 4; ++digit) {
      ++at_;
      if (at_ == text_.size() || hex_digit(text_[at_]) < 0) return false;
    }
    return true;
  }

  bool take_digits() {
    const std::size_t first = at_;
    while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
    return at_ > first;
  }

  bool take_number() {
    if (is_at('-')) ++at_;
    if (is_at('0')) {
      ++at_;
    } else if (!take_digits()) {
      return false;
    }
    if (is_at('.')) {
      ++at_;
      if (!take_digits()) return false;
    }
    if (is_at('e') || is_at('E')) {
      ++at_;
      if (is_at('+') || is_at('-')) ++at_;
      if (!take_digits()) return false;
    }
    return true;
  }

  std::string_view text_;
  std::size_t max_depth_;
  std::vector<RawDocument::Node>* nodes_;
  std::vector<Open> open_;
  std::size_t at_{0};
};

bool is_readable(std::string_view text) {
  return text.size() < std::numeric_limits<std::uint32_t>::max() && simdjson::validate_utf8(text.data(), text.size());
}

void append_utf8(std::string& out, std::uint32_t character) {
  const auto byte = [&out](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (character < 0x80) return byte(character);
  if (character < 0x800) {
    byte(0xC0U | character >> 6U);
  } else if (character < 0x10000) {
    byte(0xE0U | character >> 12U);
    byte(0x80U | (character >> 6U & 0x3FU));
  } else {
    byte(0xF0U | character >> 18U);
    byte(0x80U | (character >> 12U & 0x3FU));
    byte(0x80U | (character >> 6U & 0x3FU));
  }
  byte(0x80U | (character & 0x3FU));
}

/// The four digits of an escape.
std::uint32_t code_unit(std::string_view digits) {
  std::uint32_t unit = 0;
  for (const char digit : digits) unit = unit << 4U | static_cast<std::uint32_t>(hex_digit(digit));
  return unit;
}

/// `rest` stands behind `\u`; what belongs to the character is taken off.
std::uint32_t take_escaped_character(std::string_view& rest) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  const std::uint32_t first = code_unit(rest.substr(0, 4));
  rest.remove_prefix(4);
  if (first < 0xD800 || first > 0xDFFF) return first;
  if (first > 0xDBFF || !rest.starts_with("\\u")) return kReplacement;
  const std::uint32_t second = code_unit(rest.substr(2, 4));
  if (second < 0xDC00 || second > 0xDFFF) return kReplacement;
  rest.remove_prefix(6);
  return 0x10000 + ((first - 0xD800) << 10U) + (second - 0xDC00);
}

}  // namespace

std::string unescaped(std::string_view rest) {
  std::string out;
  out.reserve(rest.size());
  while (true) {
    const std::size_t escape = std::min(rest.find('\\'), rest.size());
    out.append(rest.substr(0, escape));
    rest.remove_prefix(escape);
    if (rest.empty()) return out;
    const char kind = rest[1];
    rest.remove_prefix(2);
    switch (kind) {
      case 'u': append_utf8(out, take_escaped_character(rest)); break;
      case 'b': out.push_back('\b'); break;
      case 'f': out.push_back('\f'); break;
      case 'n': out.push_back('\n'); break;
      case 'r': out.push_back('\r'); break;
      case 't': out.push_back('\t'); break;
      default: out.push_back(kind); break;
    }
  }
}

std::optional<RawDocument> RawDocument::parse(std::string_view text, std::size_t max_depth) {
  RawDocument document;
  document.text_ = without_byte_order_mark(text);
  if (!is_readable(document.text_)) return std::nullopt;
  if (!Scanner{document.text_, max_depth, &document.nodes_}.scan()) return std::nullopt;
  return document;
}

RawKind RawValue::kind() const { return kind_beginning_with(text().front()); }

std::string_view RawValue::text() const {
  const auto& node = document_->nodes_[node_];
  return document_->text_.substr(node.begin, node.end - node.begin);
}

std::string RawValue::string() const { return unescaped(text().substr(1, text().size() - 2)); }

std::string_view RawValue::string(std::string& buffer) const {
  const std::string_view spelt = text().substr(1, text().size() - 2);
  if (spelt.find('\\') == std::string_view::npos) return spelt;
  buffer = unescaped(spelt);
  return buffer;
}

std::size_t RawValue::behind(std::size_t node) const { return document_->nodes_[node].next; }
std::size_t RawValue::end() const { return behind(node_); }

std::optional<RawValue> RawValue::find(std::string_view name) const {
  std::optional<RawValue> found;
  each_member([&](std::string_view member, RawValue value) {
    if (member == name) found = value;
  });
  return found;
}

bool is_json(std::string_view text, std::size_t max_depth) {
  text = without_byte_order_mark(text);
  return is_readable(text) && Scanner{text, max_depth, nullptr}.scan();
}

std::string_view without_byte_order_mark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

std::string without_blanks(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  append_without_blanks(out, json);
  return out;
}

void append_without_blanks(std::string& out, std::string_view json) {
  // The library writes whole blocks, of which the last may reach beyond what counts.
  constexpr std::size_t kBlock = 64;
  const std::size_t before = out.size();
  out.resize(before + json.size() + kBlock);
  std::size_t written = 0;
  const auto failure = simdjson::minify(json.data(), json.size(), out.data() + before, written);
  out.resize(before + (failure ? 0 : written));
  if (failure) out.append(json);  // a string without an end, which no JSON has
}

}  // namespace millrace::json
