#include "harness/conformance/type_cases.hpp"

#include <span>
#include <string>
#include <string_view>

#include "server/api/operation.hpp"

namespace millrace::conformance {
namespace {

using members::Kind;
using members::Member;
using members::Shape;

constexpr std::string_view kPackage = "com.amazonaws.dynamodb.v20120810.";

/// Where a value stands decides which text a wrong one gets.
enum class Position { kMember, kElement };

class Deriver {
 public:
  explicit Deriver(const Json& vocabulary)
      : wrong_values_{vocabulary.at("wrong_values")}, source_{vocabulary.at("source").get<std::string>()} {}

  void derive_operation(const api::Operation& operation) {
    operation_ = operation.target.substr(operation.target.find('.') + 1);
    derive_members(operation.members, Json::json_pointer{}, false);
  }

  std::vector<Case> take() { return std::move(out_); }

 private:
  /// `in_value`: inside an AttributeValue, whose AttributeValues (of L and M) are not opened again.
  void derive_members(std::span<const Member> members, const Json::json_pointer& at, bool in_value) {
    for (const Member& member : members) {
      if (member.shape == nullptr) continue;  // it is not looked at
      derive(*member.shape, at / std::string{member.name}, Position::kMember, in_value);
    }
  }

  void derive(const Shape& shape, const Json::json_pointer& at, Position position, bool in_value) {
    for (const auto& wrong : wrong_values_.at(vocabulary_key(shape, position))) add_case(shape, at, wrong);
    if (shape.kind == Kind::kList) return derive(*shape.element, at / 0, Position::kElement, in_value);
    if (shape.kind == Kind::kMap) return derive(*shape.element, at / "a", Position::kElement, in_value);
    const bool is_value = shape.name == "AttributeValue";
    if (is_value && in_value) return;
    derive_members(shape.members, at, is_value);
  }

  static std::string vocabulary_key(const Shape& shape, Position position) {
    const bool element = position == Position::kElement;
    switch (shape.kind) {
      case Kind::kList: return element ? "inner list" : "list";
      case Kind::kMap: return element ? "inner map" : "map";
      case Kind::kStructure: return element ? "structure inside" : "structure";
      default: return std::string{shape.name};
    }
  }

  /// What AWS's texts call the type of a map's values, or a structure.
  static std::string java_class(const Shape& shape) {
    if (shape.kind == Kind::kList) return "java.util.List<" + java_class(*shape.element) + ">";
    if (shape.kind == Kind::kStructure) return std::string{kPackage}.append(shape.name);
    return std::string{shape.kind == Kind::kTimestamp ? "java.util." : "java.lang."}.append(shape.name);
  }

  void add_case(const Shape& shape, const Json::json_pointer& at, const Json& wrong) {
    std::string text = wrong.at("text").get<std::string>();
    static constexpr std::string_view kClass = "{class}";
    if (const auto mark = text.find(kClass); mark != std::string::npos) {
      text.replace(mark, kClass.size(), java_class(shape.kind == Kind::kMap ? *shape.element : shape));
    }
    Case derived;
    derived.suite = "wrong_types";
    derived.file = "wrong_values.json";
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

  const Json& wrong_values_;
  std::string source_;
  std::string operation_;
  std::vector<Case> out_;
};

}  // namespace

std::vector<Case> derive_type_cases(const Json& vocabulary) {
  Deriver deriver{vocabulary};
  for (const api::Operation* operation : api::operations()) deriver.derive_operation(*operation);
  return deriver.take();
}

}  // namespace millrace::conformance
