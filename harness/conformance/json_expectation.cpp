#include "harness/conformance/json_expectation.hpp"

#include <regex>
#include <stdexcept>
#include <string_view>

namespace millrace::conformance {
namespace {

constexpr std::size_t kMaxPrinted = 300;

std::string printed(const Json& value) {
  auto text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > kMaxPrinted) text.replace(kMaxPrinted, std::string::npos, "…");
  return text;
}

bool is_matcher(const Json& expected) {
  return expected.is_object() && !expected.empty() && expected.begin().key().starts_with('$');
}

/// Expected by `{"$absent": true}`: the one matcher that holds where there is nothing.
bool expects_absence(const Json& expected) { return expected.is_object() && expected.contains("$absent"); }

class Comparison {
 public:
  Comparison(Extent extent, std::map<std::string, Json>& captured) : extent_{extent}, captured_{captured} {}

  void compare(const Json& expected, const Json& actual, const std::string& path) {
    if (is_matcher(expected)) return match(expected, actual, path);
    if (expected.is_object() && actual.is_object()) return compare_objects(expected, actual, path);
    if (expected.is_array() && actual.is_array()) return compare_arrays(expected, actual, path);
    if (expected != actual) report(path, "expected " + printed(expected) + ", got " + printed(actual));
  }

  std::vector<std::string> take() { return std::move(found_); }

 private:
  void report(const std::string& path, const std::string& what) {
    found_.push_back((path.empty() ? "the body" : path) + ": " + what);
  }

  void compare_objects(const Json& expected, const Json& actual, const std::string& path) {
    for (const auto& [name, value] : expected.items()) {
      const auto member = actual.find(name);
      const auto member_path = path + "/" + name;
      if (expects_absence(value)) {
        if (member != actual.end()) report(member_path, "must be absent, got " + printed(*member));
      } else if (member == actual.end()) {
        report(member_path, "is missing, expected " + printed(value));
      } else {
        compare(value, *member, member_path);
      }
    }
    if (extent_ == Extent::kPartial) return;
    for (const auto& [name, value] : actual.items()) {
      if (!expected.contains(name)) report(path + "/" + name, "is not expected: " + printed(value));
    }
  }

  void compare_arrays(const Json& expected, const Json& actual, const std::string& path) {
    if (expected.size() != actual.size()) {
      return report(path, "expected " + std::to_string(expected.size()) + " elements, got " + printed(actual));
    }
    for (std::size_t i = 0; i < expected.size(); ++i) {
      compare(expected[i], actual[i], path + "/" + std::to_string(i));
    }
  }

  void match(const Json& expected, const Json& actual, const std::string& path) {
    for (const auto& [matcher, operand] : expected.items()) match_one(matcher, operand, actual, path);
  }

  void match_one(const std::string& matcher, const Json& operand, const Json& actual, const std::string& path) {
    if (matcher == "$any") {
      match_type(operand.get<std::string>(), actual, path);
    } else if (matcher == "$matches") {
      match_text(operand.get<std::string>(), actual, path);
    } else if (matcher == "$unordered") {
      match_unordered(operand, actual, path);
    } else if (matcher == "$length") {
      const auto length = actual.is_string() ? actual.get_ref<const std::string&>().size() : actual.size();
      if (length != operand.get<std::size_t>()) report(path, "has length " + std::to_string(length));
    } else if (matcher == "$between") {
      const bool inside = actual.is_number() && actual >= operand.at(0) && actual <= operand.at(1);
      if (!inside) report(path, "expected a number in " + printed(operand) + ", got " + printed(actual));
    } else if (matcher == "$capture") {
      captured_[operand.get<std::string>()] = actual;
    } else if (matcher == "$absent") {
      report(path, "must be absent, got " + printed(actual));
    } else {
      throw std::runtime_error("unknown matcher " + matcher);
    }
  }

  void match_type(const std::string& types, const Json& actual, const std::string& path) {
    const std::string all = "|" + types + "|";
    if (all.find("|" + std::string{actual.type_name()} + "|") == std::string::npos) {
      report(path, "expected a value of type " + types + ", got " + printed(actual));
    }
  }

  void match_text(const std::string& regex, const Json& actual, const std::string& path) {
    if (!actual.is_string() || !std::regex_match(actual.get<std::string>(), std::regex{regex})) {
      report(path, "expected a text matching " + regex + ", got " + printed(actual));
    }
  }

  /// Pairs each expected element with the first actual one that is left and matches.
  void match_unordered(const Json& expected, const Json& actual, const std::string& path) {
    if (!actual.is_array() || actual.size() != expected.size()) {
      return report(path, "expected, in any order, " + printed(expected) + ", got " + printed(actual));
    }
    std::vector<bool> used(actual.size(), false);
    for (const auto& wanted : expected) {
      bool paired = false;
      for (std::size_t i = 0; i < actual.size() && !paired; ++i) {
        if (used[i]) continue;
        paired = differences(wanted, actual[i], extent_, captured_).empty();
        used[i] = paired;
      }
      if (!paired) report(path, "no element matches " + printed(wanted) + " in " + printed(actual));
    }
  }

  Extent extent_;
  std::map<std::string, Json>& captured_;
  std::vector<std::string> found_;
};

}  // namespace

std::vector<std::string> differences(const Json& expected, const Json& actual, Extent extent,
                                     std::map<std::string, Json>& captured) {
  Comparison comparison{extent, captured};
  comparison.compare(expected, actual, "");
  return comparison.take();
}

}  // namespace millrace::conformance
