#include "server/api/items/java_text.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace millrace::api {
namespace {

using model::AttributeType;

/// The members of AWS's internal class, in its order; those without a type of ours are always null.
constexpr std::array<std::pair<std::string_view, int>, 16> kMembers{{
    {"s", static_cast<int>(AttributeType::kS)},
    {"n", static_cast<int>(AttributeType::kN)},
    {"b", static_cast<int>(AttributeType::kB)},
    {"iNT", -1},
    {"dECIMAL", -1},
    {"dOUBLE", -1},
    {"sS", static_cast<int>(AttributeType::kSs)},
    {"nS", static_cast<int>(AttributeType::kNs)},
    {"bS", static_cast<int>(AttributeType::kBs)},
    {"iNTSET", -1},
    {"dECIMALSET", -1},
    {"dOUBLESET", -1},
    {"m", static_cast<int>(AttributeType::kM)},
    {"l", static_cast<int>(AttributeType::kL)},
    {"nULL", static_cast<int>(AttributeType::kNull)},
    {"bOOL", static_cast<int>(AttributeType::kBool)},
}};

struct JavaText {
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(const model::Number& number) const { return number.to_string(); }
  std::string operator()(const model::Binary& binary) const {
    const auto size = std::to_string(binary.bytes.size());
    return "java.nio.HeapByteBuffer[pos=0 lim=" + size + " cap=" + size + "]";
  }
  std::string operator()(bool truth) const { return truth ? "true" : "false"; }
  std::string operator()(const model::Null&) const { return "true"; }
  std::string operator()(const model::StringSet& set) const { return list_of(set.members, *this); }
  std::string operator()(const model::NumberSet& set) const { return list_of(set.members, *this); }
  std::string operator()(const model::BinarySet& set) const { return list_of(set.members, *this); }
  std::string operator()(const model::List& list) const {
    return list_of(list, [](const model::AttributeValue& value) { return to_java_text(value); });
  }
  std::string operator()(const model::AttributeMap& map) const { return to_java_text(map); }

 private:
  template <class Members, class Print>
  static std::string list_of(const Members& members, const Print& print) {
    std::string text{"["};
    for (const auto& member : members) {
      if (text.size() > 1) text.append(", ");
      text.append(print(member));
    }
    return text.append("]");
  }
};

}  // namespace

std::string to_java_text(const model::AttributeValue& value) {
  std::string text{"AttributeValue("};
  for (const auto& [name, type] : kMembers) {
    if (text.back() != '(') text.append(", ");
    text.append(name).append("=");
    text.append(type == static_cast<int>(value.type()) ? std::visit(JavaText{}, value.value) : "null");
  }
  return text.append(")");
}

std::string to_java_text(const model::Item& item) {
  std::string text{"{"};
  for (const auto& attribute : item) {
    if (text.size() > 1) text.append(", ");
    text.append(attribute.name).append("=").append(to_java_text(attribute.value));
  }
  return text.append("}");
}

}  // namespace millrace::api
