// Ion text as the text of DynamoDB JSON. Every check of a value's content (numbers, sets, UTF-8) is left to who reads
// that.
#include <cstdint>
#include <string>
#include <utility>

#include "server/base/api_error.hpp"
#include "server/transfers/format/ion_text.hpp"
#include "server/transfers/format/ion_values.hpp"

namespace millrace::transfers {
namespace {

constexpr int kDeepest = 40;  // an item nests 32 levels; what is deeper is refused by either

/// One pass over the text.
class IonTranslator : private IonText {
 public:
  explicit IonTranslator(std::string_view text) : IonText{text} {}

  ReadResult<std::string> record() {
    std::string json;
    if (skip_marker() && !is_at_end() && !(read_record(json) && ends())) return Malformed{reason_};
    // Said in so many words, since a reason could be made of a text as well.
    return ReadResult<std::string>{boost::system::in_place_value, std::move(json)};
  }

 private:
  enum class Set : std::uint8_t { kNone, kStrings, kNumbers, kBlobs };

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
  bool read_number_value(std::string& json) {
    std::string text;
    if (!read_number(text)) return false;
    append_scalar(json, "N", text);
    return true;
  }
};

}  // namespace

ReadResult<std::string> ion_record_to_json(std::string_view text) { return IonTranslator{text}.record(); }

}  // namespace millrace::transfers
