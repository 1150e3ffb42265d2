// Ion text as the text of DynamoDB JSON. Every check of a value's content (numbers, sets, UTF-8) is left to who reads
// that.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>

#include "server/base/api_error.hpp"
#include "server/transfers/format/ion_values.hpp"

namespace millrace::transfers {
namespace {

constexpr int kDeepest = 40;  // an item nests 32 levels; what is deeper is refused by either

bool is_ion_blank(char character) {
  return character == ' ' || (character >= '\t' && character <= '\r');  // with \n, \v and \f between them
}
bool is_digit(char character) { return character >= '0' && character <= '9'; }
bool is_name_begin(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
         character == '$';
}
bool is_name(char character) { return is_name_begin(character) || is_digit(character); }

void append_utf8(std::string& out, std::uint32_t code) {
  const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (code < 0x80U) return put(code);
  if (code < 0x800U) return put(0xC0U | (code >> 6U)), put(0x80U | (code & 0x3FU));
  if (code < 0x10000U) {
    return put(0xE0U | (code >> 12U)), put(0x80U | ((code >> 6U) & 0x3FU)), put(0x80U | (code & 0x3FU));
  }
  put(0xF0U | (code >> 18U));
  put(0x80U | ((code >> 12U) & 0x3FU));
  put(0x80U | ((code >> 6U) & 0x3FU));
  put(0x80U | (code & 0x3FU));
}

/// One pass over the text. What fails says why in `reason_`, and everything above returns false.
class IonTranslator {
 public:
  explicit IonTranslator(std::string_view text) : text_{text} {}

  ReadResult<std::string> record() {
    std::string json;
    if (skip_marker() && !is_at_end() && !(read_record(json) && ends())) return Malformed{reason_};
    // Said in so many words, since a reason could be made of a text as well.
    return ReadResult<std::string>{boost::system::in_place_value, std::move(json)};
  }

 private:
  enum class Set : std::uint8_t { kNone, kStrings, kNumbers, kBlobs };

  bool fail(std::string reason) {
    reason_ = std::move(reason);
    return false;
  }
  [[nodiscard]] bool is_at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char peek() const { return is_at_end() ? '\0' : text_[at_]; }
  [[nodiscard]] bool sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }

  /// Blanks and comments.
  void skip() {
    while (!is_at_end()) {
      if (is_ion_blank(text_[at_])) {
        ++at_;
      } else if (sees("//")) {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (sees("/*")) {
        const std::size_t end = text_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? text_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  /// `$ion_1_0`, as often as it comes.
  bool skip_marker() {
    constexpr std::string_view kMarker = "$ion_1_0";
    for (skip(); sees(kMarker) && !(at_ + kMarker.size() < text_.size() && is_name(text_[at_ + kMarker.size()]));
         skip()) {
      at_ += kMarker.size();
    }
    return true;
  }

  bool ends() {
    skip();
    return is_at_end() || fail("something follows the struct of a record");
  }

  bool read_record(std::string& json) {
    Set set{};
    if (!read_annotations(set)) return false;
    if (peek() != '{' || sees("{{")) return fail("a record is no struct");
    json.push_back('{');
    bool has_item = false;
    const auto read_member = [&](const std::string& name) {
      if (name == "ConditionExpression") return read_plain_member(json, name);
      if (name == "ExpressionAttributeNames") return read_plain_struct_member(json, name);
      if (name == "Item" || name == "ExpressionAttributeValues") {
        has_item = has_item || name == "Item";
        begin_member(json, name);
        if (!read_annotations(set)) return false;
        if (peek() != '{' || sees("{{")) return fail("its member " + name + " is no struct");
        return read_struct(json, 1);
      }
      std::string unused;
      return read_value(unused, 1);
    };
    if (!read_members(read_member)) return false;
    json.push_back('}');
    return has_item || fail("it has no member Item");
  }

  void begin_member(std::string& json, const std::string& name) const {
    if (json.back() != '{') json.push_back(',');
    base::append_json_string(json, name);
    json.push_back(':');
  }
  bool read_plain_member(std::string& json, const std::string& name) {
    begin_member(json, name);
    std::string text;
    if (!read_text(text)) return fail("its member " + name + " is no string");
    base::append_json_string(json, text);
    return true;
  }
  bool read_plain_struct_member(std::string& json, const std::string& name) {
    begin_member(json, name);
    if (peek() != '{') return fail("its member " + name + " is no struct");
    json.push_back('{');
    if (!read_members([&](const std::string& key) { return read_plain_member(json, key); })) return false;
    json.push_back('}');
    return true;
  }

  /// `{name: …, …}`; `read` reads what stands behind a colon.
  template <class Read>
  bool read_members(const Read& read) {
    ++at_;
    for (skip(); peek() != '}'; skip()) {
      std::string name;
      if (!read_name(name)) return false;
      skip();
      if (peek() != ':') return fail("a colon is missing in a struct");
      ++at_;
      skip();
      if (!read(name)) return false;
      skip();
      if (peek() == '}') break;
      if (peek() != ',') return fail(is_at_end() ? "it ends within a struct" : "a comma is missing in a struct");
      ++at_;
    }
    ++at_;
    return true;
  }

  bool read_struct(std::string& json, int depth) {
    json.push_back('{');
    bool first = true;
    const auto read_attribute = [&](const std::string& name) {
      if (!std::exchange(first, false)) json.push_back(',');
      base::append_json_string(json, name);
      json.push_back(':');
      return read_value(json, depth + 1);
    };
    if (!read_members(read_attribute)) return false;
    json.push_back('}');
    return true;
  }

  bool read_name(std::string& name) {
    if (is_name_begin(peek())) {
      while (is_name(peek())) name.push_back(text_[at_++]);
      return true;
    }
    return read_text(name) || fail("a name is missing in a struct");
  }

  /// A string, a long one, or a quoted symbol.
  bool read_text(std::string& text) {
    if (peek() == '"') return ++at_, read_until(text, "\"");
    if (sees("'''")) {
      for (; sees("'''"); skip()) {
        at_ += 3;
        if (!read_until(text, "'''")) return false;
      }
      return true;
    }
    if (peek() == '\'') return ++at_, read_until(text, "'");
    return false;
  }

  bool read_until(std::string& text, std::string_view end) {
    while (!is_at_end()) {
      if (sees(end)) return at_ += end.size(), true;
      if (text_[at_] != '\\') {
        text.push_back(text_[at_++]);
      } else if (!read_escape(text)) {
        return false;
      }
    }
    return fail("it ends within a string");
  }

  bool read_escape(std::string& text) {
    constexpr std::string_view kEscapes = "0abtnfrv\"'?\\/";
    constexpr std::string_view kMeanings{"\0\a\b\t\n\f\r\v\"'?\\/", kEscapes.size()};
    ++at_;
    const char escape = peek();
    ++at_;
    if (const std::size_t known = kEscapes.find(escape); known != std::string_view::npos) {
      text.push_back(kMeanings[known]);
      return true;
    }
    switch (escape) {
      case '\r':
        if (peek() == '\n') ++at_;
        return true;
      case '\n': return true;
      case 'x': return read_code(text, 2);
      case 'u': return read_code(text, 4);
      case 'U': return read_code(text, 8);
      default: return fail("a string has an escape that Ion has not");
    }
  }

  std::optional<std::uint32_t> read_hex(std::size_t digits) {
    const auto written = text_.substr(std::min(at_, text_.size()), digits);
    std::uint32_t code = 0;
    const auto read = std::from_chars(written.data(), written.data() + written.size(), code, 16);
    if (written.size() != digits || read.ec != std::errc{} || read.ptr != written.data() + written.size()) {
      return std::nullopt;
    }
    at_ += digits;
    return code;
  }
  bool read_code(std::string& text, std::size_t digits) {
    auto code = read_hex(digits);
    if (code && *code >= 0xD800U && *code < 0xDC00U && sees("\\u")) {
      at_ += 2;
      const auto low = read_hex(4);
      if (!low || *low < 0xDC00U || *low > 0xDFFFU) code.reset();
      if (code) code = 0x10000U + ((*code - 0xD800U) << 10U) + (*low - 0xDC00U);
    }
    if (!code || *code > 0x10FFFFU || (*code >= 0xD800U && *code <= 0xDFFFU)) {
      return fail("a string has an escape that is no character");
    }
    append_utf8(text, *code);
    return true;
  }

  /// `a::`, `'b'::`: which set they make of a list. Others mean nothing here.
  bool read_annotations(Set& set) {
    set = Set::kNone;
    for (;;) {
      skip();
      const std::size_t before = at_;
      std::string name;
      if (is_name_begin(peek())) {
        while (is_name(peek())) name.push_back(text_[at_++]);
      } else if (peek() == '\'' && !sees("'''")) {
        if (!read_text(name)) return false;
      } else {
        return true;
      }
      skip();
      if (!sees("::")) return at_ = before, true;
      at_ += 2;
      if (name == "$dynamodb_SS") set = Set::kStrings;
      if (name == "$dynamodb_NS") set = Set::kNumbers;
      if (name == "$dynamodb_BS") set = Set::kBlobs;
    }
  }

  /// Any value, as `{"S":"x"}`.
  bool read_value(std::string& json, int depth) {
    if (depth > kDeepest) return fail("it nests more than 40 levels");
    Set set{};
    if (!read_annotations(set)) return false;
    if (set != Set::kNone && peek() != '[') return fail("a set is no list");
    if (sees("{{")) return read_blob_value(json);
    switch (peek()) {
      case '{': {
        json.append(R"({"M":)");
        if (!read_struct(json, depth)) return false;
        json.push_back('}');
        return true;
      }
      case '[': return set == Set::kNone ? read_list(json, depth) : read_set(json, set);
      case '"':
      case '\'': return read_string_value(json);
      case '(': return fail("DynamoDB has no s-expressions");
      default: break;
    }
    if (is_name_begin(peek())) return read_word(json);
    return read_number_value(json);
  }

  /// Elements between brackets; `read` reads one.
  template <class Read>
  bool read_elements(std::string& json, const Read& read) {
    ++at_;
    json.push_back('[');
    bool first = true;
    for (skip(); peek() != ']'; skip()) {
      if (!std::exchange(first, false)) json.push_back(',');
      if (!read()) return false;
      skip();
      if (peek() == ']') break;
      if (peek() != ',') return fail(is_at_end() ? "it ends within a list" : "a comma is missing in a list");
      ++at_;
    }
    ++at_;
    json.push_back(']');
    return true;
  }
  bool read_list(std::string& json, int depth) {
    json.append(R"({"L":)");
    if (!read_elements(json, [&] { return read_value(json, depth + 1); })) return false;
    json.push_back('}');
    return true;
  }
  bool read_set(std::string& json, Set set) {
    json.append(set == Set::kStrings ? R"({"SS":)" : set == Set::kNumbers ? R"({"NS":)" : R"({"BS":)");
    const auto read_member = [&] {
      std::string text;
      skip();
      const bool was_read = set == Set::kStrings   ? read_text(text)
                            : set == Set::kNumbers ? read_number(text)
                                                   : sees("{{") && read_blob(text);
      if (!was_read) return reason_.empty() ? fail("a set has a member of another type") : false;
      base::append_json_string(json, text);
      return true;
    };
    if (!read_elements(json, read_member)) return false;
    json.push_back('}');
    return true;
  }

  static void append_scalar(std::string& json, std::string_view type, std::string_view text) {
    json.append("{\"").append(type).append("\":");
    base::append_json_string(json, text);
    json.push_back('}');
  }

  bool read_string_value(std::string& json) {
    std::string text;
    if (!read_text(text)) return false;
    append_scalar(json, "S", text);
    return true;
  }

  bool read_word(std::string& json) {
    std::string word;
    while (is_name(peek()) || (peek() == '.' && word.starts_with("null"))) word.push_back(text_[at_++]);
    if (word == "nan") return fail("DynamoDB has no number nan");
    if (word == "true" || word == "false") {
      json.append(R"({"BOOL":)").append(word).push_back('}');
    } else if (word == "null" || word.starts_with("null.")) {
      json.append(R"({"NULL":true})");
    } else {
      append_scalar(json, "S", word);  // a symbol
    }
    return true;
  }

  bool read_blob_value(std::string& json) {
    std::string text;
    if (!read_blob(text)) return false;
    append_scalar(json, "B", text);
    return true;
  }
  bool read_blob(std::string& text) {
    const std::size_t end = text_.find("}}", at_);
    if (end == std::string_view::npos) return fail("it ends within a blob");
    for (const char character : text_.substr(at_ + 2, end - at_ - 2)) {
      if (character == '"' || character == '\'') return fail("DynamoDB has no clobs");
      if (!is_ion_blank(character)) text.push_back(character);
    }
    at_ = end + 2;
    return true;
  }

  bool read_number_value(std::string& json) {
    std::string text;
    if (!read_number(text)) return false;
    append_scalar(json, "N", text);
    return true;
  }
  /// In DynamoDB's spelling.
  bool read_number(std::string& number) {
    const std::size_t begin = at_;
    while (is_name(peek()) || peek() == '.' || peek() == '-' || peek() == '+' || (peek() == ':' && at_ > begin)) ++at_;
    std::string written{text_.substr(begin, at_ - begin)};
    std::erase(written, '_');
    if (written.empty()) return fail(is_at_end() ? "it ends within a value" : "there is something that is no value");
    const bool negative = written.front() == '-';
    const std::string_view digits = std::string_view{written}.substr(negative ? 1 : 0);
    for (const auto& [prefix, base] : {std::pair{std::string_view{"xX"}, 16}, std::pair{std::string_view{"bB"}, 2}}) {
      if (digits.size() < 3 || digits.front() != '0' || prefix.find(digits[1]) == std::string_view::npos) continue;
      std::uint64_t value = 0;
      const auto read = std::from_chars(digits.data() + 2, digits.data() + digits.size(), value, base);
      if (read.ec != std::errc{} || read.ptr != digits.data() + digits.size()) {
        return fail("a hexadecimal or binary integer has more than 64 bits, or other characters");
      }
      number = std::string{negative ? "-" : ""}.append(std::to_string(value));
      return true;
    }
    for (std::size_t at = 0; at < written.size(); ++at) {
      const char character = written[at];
      if (character == 'd' || character == 'D' || character == 'e' || character == 'E') {
        number.push_back('e');
      } else if (character == '.') {
        // DynamoDB's numbers have digits behind the point.
        if (at + 1 < written.size() && is_digit(written[at + 1])) number.push_back(character);
      } else if (is_digit(character) || character == '-' || character == '+') {
        number.push_back(character);
      } else {
        return fail("DynamoDB has no timestamps, nan or inf");
      }
    }
    return true;
  }

  std::string_view text_;
  std::size_t at_{0};
  std::string reason_;
};

}  // namespace

ReadResult<std::string> ion_record_to_json(std::string_view text) { return IonTranslator{text}.record(); }

}  // namespace millrace::transfers
