// Of member_table.hpp: the texts of constraints.
#include <algorithm>
#include <boost/regex.hpp>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

#include "server/json/tree.hpp"
#include "server/rest/member_reading.hpp"
#include "server/rest/member_table.hpp"

namespace millrace::rest {
namespace {

using Json = nlohmann::json;
using validation::Constraints;

constexpr std::size_t kLongestMatched = 4096;

/// `FunctionName` is `functionName` in messages.
std::string member_path(std::string_view parent, std::string_view name) {
  std::string path{parent};
  if (!path.empty()) path.push_back('.');
  path.append(name);
  char& first = path[path.size() - name.size()];
  if (first >= 'A' && first <= 'Z') first = static_cast<char>(first - 'A' + 'a');
  return path;
}

/// As Java prints it: `[a, b]`, `{a=b}`. The reader has bounded what nests.
void append_as_java(std::string& text, const Json& value) {
  if (value.is_string()) {
    text.append(value.get_ref<const std::string&>());
  } else if (value.is_array()) {
    std::string_view comma = "[";
    for (const Json& element : value) {
      text.append(std::exchange(comma, ", "));
      append_as_java(text, element);
    }
    text.append(value.empty() ? "[]" : "]");
  } else if (value.is_object()) {
    std::string_view comma = "{";
    for (const auto& [key, element] : value.items()) {
      text.append(std::exchange(comma, ", ")).append(key).append("=");
      append_as_java(text, element);
    }
    text.append(value.empty() ? "{}" : "}");
  } else {
    text.append(json::print_tree(value));
  }
}

std::string as_java(const Json& value) {
  std::string text;
  append_as_java(text, value);
  return text;
}

/// Java takes a dash behind a range for itself, Perl's syntax wants it escaped: `[0-9-_]` becomes `[0-9\-_]`.
std::string perl_pattern(std::string_view java) {
  std::string perl;
  bool in_class = false;
  const auto take = [&] {  // one character, escaped or not
    const std::size_t size = java.starts_with('\\') ? 2 : 1;
    perl.append(java.substr(0, size));
    java.remove_prefix(std::min(size, java.size()));
  };
  while (!java.empty()) {
    if (!in_class || java.starts_with(']')) {
      in_class = java.starts_with('[');
      take();
      continue;
    }
    take();
    if (!java.starts_with('-') || java.starts_with("-]")) continue;
    take();
    take();
    if (java.starts_with('-')) perl.push_back('\\');
  }
  return perl;
}

/// Compiled once: the patterns are those of the tables, so there are few.
const boost::regex& compiled(std::string_view pattern) {
  static std::mutex mutex;
  static std::map<std::string, boost::regex, std::less<>> expressions;
  const std::scoped_lock lock{mutex};
  const auto found = expressions.find(pattern);
  if (found != expressions.end()) return found->second;
  return expressions.emplace(pattern, boost::regex{perl_pattern(pattern)}).first->second;
}

/// Boost's matcher keeps its state on the heap; std::regex recurses over the text.
bool matches_expression(std::string_view text, const boost::regex& expression) {
  if (text.size() > kLongestMatched) return false;
  try {
    return boost::regex_match(text.begin(), text.end(), expression);
  } catch (const std::runtime_error&) {  // it has tried for too long
    return false;
  }
}

bool matches_member(const std::string& text, const Member& member) {
  return member.matches != nullptr ? member.matches(text) : matches_pattern(text, member.pattern);
}

/// `[x86_64, arm64]`
std::string printed_values(std::span<const std::string_view> values) {
  std::string text{"["};
  for (const std::string_view value : values) text.append(text.size() > 1 ? ", " : "").append(value);
  return text.append("]");
}

bool is_one_of(const std::string& text, std::span<const std::string_view> values) {
  return std::find(values.begin(), values.end(), text) != values.end();
}

void violate(Constraints& constraints, const std::string& path, std::string_view value, std::string_view rule) {
  constraints.violated(std::string{"Value "}
                           .append(value)
                           .append("at '")
                           .append(path)
                           .append("' failed to satisfy constraint: ")
                           .append(rule));
}

void check_count(Constraints& constraints, const std::string& path, const Json& values, const Member& member) {
  const auto least = static_cast<std::size_t>(member.bounds.least);
  const auto most = static_cast<std::size_t>(member.bounds.most);
  if (values.size() >= least && values.size() <= most) return;
  constraints.count(path, values.size(), as_java(values), least, most);
}

void check_list(Constraints& constraints, const std::string& path, const Json& list, const Member& member) {
  const auto wrong = [&](const Json& element) {
    return !is_one_of(element.get_ref<const std::string&>(), member.values);
  };
  if (!member.values.empty() && std::any_of(list.begin(), list.end(), wrong)) {
    violate(constraints, path, "'" + as_java(list) + "' ",
            "Member must satisfy constraint: [Member must satisfy enum value set: " + printed_values(member.values) +
                (member.elements == Presence::kRequired ? ", Member must not be null]" : "]"));
  }
  check_count(constraints, path, list, member);
}

void check_map(Constraints& constraints, const std::string& path, const Json& map, const Member& member) {
  check_count(constraints, path, map, member);
  if (member.pattern.empty()) return;
  const boost::regex& expression = compiled(member.pattern);  // once for all keys
  for (const auto& [key, value] : map.items()) {
    if (matches_expression(key, expression)) continue;
    // The value stays out of the message: variables are secrets.
    violate(constraints, path, "",
            std::string{"Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "}
                .append(member.pattern)
                .append("]"));
    return;
  }
}

void check_below(Constraints& constraints, const Json& object, std::span<const Member> table, std::string_view parent);

void check_elements(Constraints& constraints, const Json& list, const Member& member, const std::string& path) {
  std::size_t number = 0;
  for (const Json& element : list) {
    check_below(constraints, element, member.members, path + "." + std::to_string(++number) + ".member");
  }
}

void check_below(Constraints& constraints, const Json& object, std::span<const Member> table, std::string_view parent) {
  for (const Member& member : table) {
    const std::string path = member_path(parent, member.name);
    const Json* const value = find_member(object, member.name);
    if (member.presence == Presence::kRequired) constraints.required(path, value != nullptr);
    if (value == nullptr) continue;
    switch (member.type) {
      case MemberType::kString: check_text(constraints, path, value->get_ref<const std::string&>(), member); break;
      case MemberType::kInteger:
        constraints.range(path, value->get<std::int64_t>(), member.bounds.least, member.bounds.most);
        break;
      case MemberType::kTimestamp:
      case MemberType::kBoolean: break;
      case MemberType::kStructure: check_below(constraints, *value, member.members, path); break;
      case MemberType::kStructureList:
        check_count(constraints, path, *value, member);
        check_elements(constraints, *value, member, path);
        break;
      case MemberType::kStringList: check_list(constraints, path, *value, member); break;
      case MemberType::kStringMap: check_map(constraints, path, *value, member); break;
    }
  }
}

}  // namespace

bool matches_pattern(std::string_view text, std::string_view pattern) {
  return matches_expression(text, compiled(pattern));
}

void check_text(Constraints& constraints, const std::string& path, const std::string& text, const Member& member) {
  if (!member.values.empty() && !is_one_of(text, member.values)) {
    violate(constraints, path, "'" + text + "' ",
            "Member must satisfy enum value set: " + printed_values(member.values));
  }
  if (!member.pattern.empty()) constraints.pattern(path, text, matches_member(text, member), member.pattern);
  if (member.bounds == Bounds{}) return;  // code is long
  constraints.length(path, text, static_cast<std::size_t>(member.bounds.least),
                     static_cast<std::size_t>(member.bounds.most));
}

void check_constraints(Constraints& constraints, const Json& object, std::span<const Member> table) {
  check_below(constraints, object, table, {});
}

Result<void> refuse_violations(const Constraints& constraints) {
  auto checked = constraints.finish();
  if (checked.has_error()) return ApiError{ErrorKind::kLambdaValidation, std::move(checked).error().message};
  return {};
}

}  // namespace millrace::rest
