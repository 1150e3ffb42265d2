#include "harness/conformance/type_cases.hpp"

#include <string>
#include <string_view>

namespace millrace::conformance {
namespace {

constexpr std::string_view kPackage = "com.amazonaws.dynamodb.v20120810.";

/// Where a value stands decides which text a wrong one gets.
enum class Position { kMember, kElement };

// A type of the vocabulary: `String`, a shape's name, `[T]` for a list, `{T}` for a map from string.
bool is_list(std::string_view type) { return type.starts_with('['); }
bool is_map(std::string_view type) { return type.starts_with('{'); }
std::string_view inner(std::string_view type) { return type.substr(1, type.size() - 2); }

class Deriver {
 public:
  explicit Deriver(const Json& vocabulary)
      : shapes_{vocabulary.at("shapes")},
        wrong_values_{vocabulary.at("wrong_values")},
        source_{vocabulary.at("source").get<std::string>()} {}

  void derive_operation(const std::string& operation, const Json& members) {
    operation_ = operation;
    derive_members(members, Json::json_pointer{}, false);
  }

  std::vector<Case> take() { return std::move(out_); }

 private:
  /// `in_value`: inside an AttributeValue, whose AttributeValues (of L and M) are not opened again.
  void derive_members(const Json& members, const Json::json_pointer& at, bool in_value) {
    for (const auto& [name, type] : members.items()) {
      derive(type.get<std::string>(), at / name, Position::kMember, in_value);
    }
  }

  void derive(std::string_view type, const Json::json_pointer& at, Position position, bool in_value) {
    for (const auto& wrong : wrong_values_.at(vocabulary_key(type, position))) add_case(type, at, wrong);
    if (is_list(type)) return derive(inner(type), at / 0, Position::kElement, in_value);
    if (is_map(type)) return derive(inner(type), at / "a", Position::kElement, in_value);
    const bool is_value = type == "AttributeValue";
    if (!shapes_.contains(std::string{type}) || (is_value && in_value)) return;
    derive_members(shapes_.at(std::string{type}), at, is_value);
  }

  std::string vocabulary_key(std::string_view type, Position position) const {
    const bool element = position == Position::kElement;
    if (is_list(type)) return element ? "inner list" : "list";
    if (is_map(type)) return element ? "inner map" : "map";
    if (shapes_.contains(std::string{type})) return element ? "structure inside" : "structure";
    return std::string{type};
  }

  /// What AWS's texts call the type of a map's values, or a structure.
  std::string java_class(std::string_view type) const {
    if (is_list(type)) return "java.util.List<" + java_class(inner(type)) + ">";
    if (shapes_.contains(std::string{type})) return std::string{kPackage}.append(type);
    return std::string{"java.lang."}.append(type);
  }

  void add_case(std::string_view type, const Json::json_pointer& at, const Json& wrong) {
    std::string text = wrong.at("text").get<std::string>();
    static constexpr std::string_view kClass = "{class}";
    if (const auto mark = text.find(kClass); mark != std::string::npos) {
      text.replace(mark, kClass.size(), java_class(is_map(type) ? inner(type) : type));
    }
    Case derived;
    derived.suite = "wrong_types";
    derived.file = "member_types.json";
    derived.name = operation_ + at.to_string() + " given " + wrong.at("called").get<std::string>();
    derived.source = source_;
    Step step;
    step.target = operation_;
    step.body = body_with(at, wrong.at("given"));
    step.then = Json{{"status", 400}, {"error", {{"type", "SerializationException"}, {"message", text}}}};
    derived.steps.push_back(std::move(step));
    out_.push_back(std::move(derived));
  }

  /// A request body that holds `value` at the pointer and nothing else ("0" stands for the first of a list).
  static Json body_with(Json::json_pointer at, Json value) {
    for (; !at.empty(); at.pop_back()) {
      if (at.back() == "0") {
        value = Json::array({std::move(value)});
      } else {
        Json object = Json::object();
        object[at.back()] = std::move(value);
        value = std::move(object);
      }
    }
    return value;
  }

  const Json& shapes_;
  const Json& wrong_values_;
  std::string source_;
  std::string operation_;
  std::vector<Case> out_;
};

}  // namespace

std::vector<Case> derive_type_cases(const Json& vocabulary) {
  Deriver deriver{vocabulary};
  for (const auto& [operation, members] : vocabulary.at("operations").items()) {
    deriver.derive_operation(operation, members);
  }
  return deriver.take();
}

}  // namespace millrace::conformance
