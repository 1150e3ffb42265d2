#include <array>
#include <string>
#include <variant>
#include <vector>

#include "server/json/attribute_value_json.hpp"
#include "server/model/base64.hpp"

namespace millrace::json {
namespace {

using model::AttributeMap;
using model::AttributeValue;
using model::Binary;
using model::List;
using model::Number;

struct Appender {
  std::string& out;

  void operator()(const std::string& text) const { base::append_json_string(out, text); }
  void operator()(const Number& number) const {
    out.append("\"", 1);
    number.append_to(out);
    out.append("\"", 1);
  }
  void operator()(const Binary& binary) const {
    out.push_back('"');
    model::append_base64(out, binary.bytes);
    out.push_back('"');
  }
  void operator()(bool truth) const { out.append(truth ? "true" : "false"); }
  void operator()(const model::Null&) const { out.append("true"); }
  void operator()(const model::StringSet& set) const { append_members(set.members); }
  void operator()(const model::NumberSet& set) const { append_members(set.members); }
  void operator()(const model::BinarySet& set) const { append_members(set.members); }
  void operator()(const List& list) const {
    out.push_back('[');
    for (std::size_t at = 0; at < list.size(); ++at) {
      if (at > 0) out.push_back(',');
      append_attribute_value(out, list[at]);
    }
    out.push_back(']');
  }
  void operator()(const AttributeMap& map) const { append_item(out, map); }

 private:
  template <class T>
  void append_members(const std::vector<T>& members) const {
    out.push_back('[');
    for (std::size_t at = 0; at < members.size(); ++at) {
      if (at > 0) out.push_back(',');
      (*this)(members[at]);
    }
    out.push_back(']');
  }
};

}  // namespace

void append_attribute_value(std::string& out, const AttributeValue& value) {
  static constexpr std::array<std::string_view, 10> kOpenings{R"({"S":)",    R"({"N":)",  R"({"B":)",  R"({"BOOL":)",
                                                              R"({"NULL":)", R"({"SS":)", R"({"NS":)", R"({"BS":)",
                                                              R"({"L":)",    R"({"M":)"};
  out.append(kOpenings[value.value.index()]);
  std::visit(Appender{out}, value.value);
  out.push_back('}');
}

void append_item(std::string& out, const model::Item& item) {
  out.push_back('{');
  bool first = true;
  for (const auto& attribute : item) {
    if (!first) out.push_back(',');
    first = false;
    base::append_json_string(out, attribute.name);
    out.push_back(':');
    append_attribute_value(out, attribute.value);
  }
  out.push_back('}');
}

std::string to_json(const model::Item& item) {
  std::string text;
  append_item(text, item);
  return text;
}

}  // namespace millrace::json
