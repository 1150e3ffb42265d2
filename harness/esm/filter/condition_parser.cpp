// Of condition.hpp: how conditions are spelt. What is refused is refused in EventBridge's words.
#include <array>
#include <utility>

#include "harness/esm/filter/condition.hpp"

namespace millrace::esm {
namespace {

using json::RawKind;
using json::RawValue;
using Parsed = std::variant<Condition, std::string>;
using ParsedTest = std::variant<Test, std::string>;

constexpr std::string_view kIgnoringCase = "equals-ignore-case";
constexpr std::string_view kBeyond = "Value must be between -5.0E9 and 5.0E9, inclusive";

/// The only member of an object, or the last of several and `alone` false; an empty name when there is none.
struct OnlyMember {
  std::string name;
  std::optional<RawValue> value;
  bool alone{true};
};

OnlyMember only_member(RawValue object) {
  OnlyMember found;
  object.each_member([&](std::string_view name, RawValue value) {
    if (found.value) {
      found.alone = false;
      return;
    }
    found.name = name;
    found.value = value;
  });
  return found;
}

Condition one_test(Test test) {
  Condition condition;
  condition.tests.push_back(std::move(test));
  return condition;
}

bool is_text(RawValue value) { return value.kind() == RawKind::kString; }
bool is_number(RawValue value) { return value.kind() == RawKind::kNumber; }

Literal literal_of(RawValue value) {
  if (is_text(value)) return {RawKind::kString, value.string()};
  Literal literal{value.kind(), std::string{value.text()}};
  literal.number = comparable_number({literal.kind, literal.text});
  return literal;
}

// --- prefix, suffix, equals-ignore-case, wildcard, cidr: one string ---

std::string must_be_a_string(std::string_view name) {
  return std::string{name}.append(" match pattern must be a string");
}

template <class Affix>
Parsed parse_affix(std::string_view name, RawValue operand) {
  if (is_text(operand)) return one_test(Affix{operand.string()});
  if (operand.kind() != RawKind::kObject) return must_be_a_string(name);
  const OnlyMember nested = only_member(operand);
  const std::string capital = name == "prefix" ? "Prefix" : "Suffix";
  if (!nested.value) return capital + " expression name not found";
  if (nested.name != kIgnoringCase) return "Unsupported " + std::string{name} + " pattern: " + nested.name;
  if (!is_text(*nested.value)) return must_be_a_string(kIgnoringCase);
  if (!nested.alone) return "Only one key allowed in match expression";
  return one_test(Affix{nested.value->string(), true});
}

template <class Parse>
Parsed parse_as(const Parse& parse, const std::string& text) {
  auto parsed = parse(text);
  if (auto* const refused = std::get_if<std::string>(&parsed)) return std::move(*refused);
  return one_test(std::get<0>(std::move(parsed)));
}

// --- numeric ---

struct NumericParser {
  std::vector<RawValue> terms;

  [[nodiscard]] std::string spelt(std::size_t at) const {
    return is_text(terms[at]) ? terms[at].string() : std::string{terms[at].text()};
  }
  /// The bound behind the operator at `at`, or why it is none.
  [[nodiscard]] std::variant<double, std::string> bound(std::size_t at) const {
    const std::string operation = spelt(at);
    const std::string must_be_numeric =
        "Value of " + (operation == "=" ? std::string{"equals"} : operation) + " must be numeric";
    if (at + 1 >= terms.size() || !is_number(terms[at + 1])) return must_be_numeric;
    const auto value = comparable_number({RawKind::kNumber, terms[at + 1].text()});
    if (!value) return std::string{kBeyond};
    return *value;
  }

  [[nodiscard]] Parsed parse() const {
    constexpr std::string_view kTooMany = "Too many elements in numeric expression";
    if (terms.empty()) return "Invalid member in numeric match: ]";
    if (!is_text(terms.front())) return "Invalid member in numeric match: " + spelt(0);
    const std::string operation = spelt(0);
    const bool is_lower = operation == ">" || operation == ">=";
    const bool is_upper = operation == "<" || operation == "<=";
    if (!is_lower && !is_upper && operation != "=") return "Unrecognized numeric range operator: " + operation;
    auto first = bound(0);
    if (auto* const refused = std::get_if<std::string>(&first)) return std::move(*refused);
    const NumericRange::Bound one{std::get<double>(first), operation != ">" && operation != "<"};
    NumericRange range;
    if (!is_upper) range.lower = one;
    if (!is_lower) range.upper = one;
    if (terms.size() == 2) return one_test(range);
    if (!is_lower) return std::string{kTooMany};
    if (!is_text(terms[2])) return "Bad value in numeric range: " + spelt(2);
    const std::string upper = spelt(2);
    if (upper != "<" && upper != "<=") return "Bad numeric range operator: " + upper;
    auto second = bound(2);
    if (auto* const refused = std::get_if<std::string>(&second)) return std::move(*refused);
    if (terms.size() > 4) return "Too many terms in numeric range expression";
    range.upper = NumericRange::Bound{std::get<double>(second), upper == "<="};
    if (range.lower->value >= range.upper->value) return "Bottom must be less than top";
    return one_test(range);
  }
};

Parsed parse_numeric(RawValue operand) {
  if (operand.kind() != RawKind::kArray) return "Value of numeric must be an array.";
  NumericParser parser;
  operand.each_element([&](RawValue term) { parser.terms.push_back(term); });
  return parser.parse();
}

// --- anything-but ---

constexpr std::string_view kNoList = "Value of anything-but must be an array or single string/number value.";

Parsed parse_anything_but_values(RawValue operand) {
  Condition condition;
  condition.negated = true;
  if (is_text(operand) || is_number(operand)) {
    Literal literal = literal_of(operand);
    if (is_number(operand) && !literal.number) return std::string{kBeyond};
    condition.tests.emplace_back(std::move(literal));
    return condition;
  }
  if (operand.kind() != RawKind::kArray) return std::string{kNoList};
  bool has_text = false;
  bool has_number = false;
  bool has_other = false;
  bool has_beyond = false;
  operand.each_element([&](RawValue element) {
    has_text = has_text || is_text(element);
    has_number = has_number || is_number(element);
    has_other = has_other || (!is_text(element) && !is_number(element));
    Literal literal = literal_of(element);
    has_beyond = has_beyond || (is_number(element) && !literal.number);
    condition.tests.emplace_back(std::move(literal));
  });
  if (has_other) return "Inside anything but list, start|null|boolean is not supported.";
  if (has_text == has_number) {
    return "Inside anything but list, either all values are number or string, mixed type is not supported";
  }
  if (has_beyond) return std::string{kBeyond};
  return condition;
}

/// The test of one string under `{"anything-but":{name: …}}`, or why there is none.
ParsedTest parse_nested_test(std::string_view name, std::string text) {
  if (name == kIgnoringCase) return Test{EqualIgnoringCase{std::move(text)}};
  if (name == "wildcard") {
    auto glob = Glob::parse(text);
    if (auto* const refused = std::get_if<std::string>(&glob)) return std::move(*refused);
    return Test{std::get<Glob>(std::move(glob))};
  }
  if (text.empty()) return "Null prefix/suffix not allowed";
  if (name == "prefix") return Test{Prefix{std::move(text)}};
  return Test{Suffix{std::move(text)}};
}

Parsed parse_anything_but(RawValue operand) {
  if (operand.kind() != RawKind::kObject) return parse_anything_but_values(operand);
  const OnlyMember nested = only_member(operand);
  if (!nested.value) return "Anything-But expression name not found";
  constexpr std::array<std::string_view, 4> kNested{kIgnoringCase, "prefix", "suffix", "wildcard"};
  if (std::find(kNested.begin(), kNested.end(), nested.name) == kNested.end()) {
    return "Unsupported anything-but pattern: " + nested.name;
  }
  std::vector<RawValue> operands;
  if (nested.value->kind() == RawKind::kArray) {
    nested.value->each_element([&](RawValue element) { operands.push_back(element); });
  } else if (is_text(*nested.value)) {
    operands.push_back(*nested.value);
  } else if (nested.name == "prefix" || nested.name == "suffix") {
    return must_be_a_string("prefix/suffix");
  } else {
    return std::string{kNoList};
  }
  Condition condition;
  condition.negated = true;
  for (const RawValue& element : operands) {
    if (!is_text(element)) {
      return "Inside anything-but/" + nested.name + " list, number|start|null|boolean is not supported.";
    }
    auto test = parse_nested_test(nested.name, element.string());
    if (auto* const refused = std::get_if<std::string>(&test)) return std::move(*refused);
    condition.tests.push_back(std::get<Test>(std::move(test)));
  }
  if (condition.tests.empty()) return "Empty arrays are not allowed";
  if (!nested.alone) return "Only one key allowed in match expression";
  return condition;
}

// --- The operators by name ---

Parsed parse_operator(const std::string& name, RawValue operand) {
  if (name == "prefix") return parse_affix<Prefix>(name, operand);
  if (name == "suffix") return parse_affix<Suffix>(name, operand);
  if (name == "anything-but") return parse_anything_but(operand);
  if (name == "numeric") return parse_numeric(operand);
  if (name == "exists") {
    if (operand.kind() != RawKind::kBoolean) return "exists match pattern must be either true or false.";
    if (operand.text() == "true") return one_test(AnyValue{});
    Condition absence;
    absence.matches_absence = true;
    return absence;
  }
  const bool is_exact = name == "exactly";
  if (!is_exact && name != kIgnoringCase && name != "wildcard" && name != "cidr") {
    return "Unrecognized match type " + name;
  }
  if (!is_text(operand))
    return must_be_a_string(is_exact ? "exact" : name == "cidr" ? "prefix" : std::string_view{name});
  std::string text = operand.string();
  if (is_exact) return one_test(Literal{RawKind::kString, std::move(text)});
  if (name == kIgnoringCase) return one_test(EqualIgnoringCase{std::move(text)});
  return name == "wildcard" ? parse_as(Glob::parse, text) : parse_as(AddressRange::parse, text);
}

}  // namespace

Parsed parse_condition(RawValue element) {
  if (element.kind() == RawKind::kArray) return "Match value must be String, number, true, false, or null";
  if (element.kind() != RawKind::kObject) return one_test(literal_of(element));
  const OnlyMember operation = only_member(element);
  if (!operation.value) return "Match expression name not found";
  Parsed parsed = parse_operator(operation.name, *operation.value);
  if (std::holds_alternative<Condition>(parsed) && !operation.alone) return "Only one key allowed in match expression";
  return parsed;
}

}  // namespace millrace::esm
