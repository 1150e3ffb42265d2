#include "harness/lambda/member_table.hpp"

#include <algorithm>
#include <boost/regex.hpp>
#include <string>

#include "server/json/tree.hpp"

namespace millrace::lambda {
namespace {

using Json = nlohmann::json;
using validation::Constraints;

constexpr std::size_t kLongestMatched = 4096;

/// The member, or null when it is absent or null.
const Json* find(const Json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

/// `FunctionName` is `functionName` in messages.
std::string member_path(std::string_view parent, std::string_view name) {
  std::string path{parent};
  if (!path.empty()) path.push_back('.');
  path.append(name);
  char& first = path[path.size() - name.size()];
  if (first >= 'A' && first <= 'Z') first = static_cast<char>(first - 'A' + 'a');
  return path;
}

/// As Java prints it: `[a, b]`.
std::string java_list(const Json& strings) {
  std::string text{"["};
  for (const Json& element : strings) {
    if (text.size() > 1) text.append(", ");
    text.append(element.is_string() ? element.get<std::string>() : json::print_tree(element));
  }
  return text.append("]");
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

bool fits_integer(const Json& value) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::uint64_t{Limits::max()};
  return value.is_number_integer() && value.get<std::int64_t>() >= Limits::min();
}

/// Boost's matcher keeps its state on the heap; std::regex recurses over the text.
bool matches(std::string_view text, const boost::regex& expression) {
  return text.size() <= kLongestMatched && boost::regex_match(text.begin(), text.end(), expression);
}

bool has_type(const Json& value, MemberType type) {
  const auto is_string = [](const Json& element) { return element.is_string(); };
  switch (type) {
    case MemberType::kString: return value.is_string();
    case MemberType::kInteger: return fits_integer(value);
    case MemberType::kBoolean: return value.is_boolean();
    case MemberType::kStructure: return value.is_object();
    case MemberType::kStringList: return value.is_array() && std::all_of(value.begin(), value.end(), is_string);
    case MemberType::kStructureList:
      return value.is_array() &&
             std::all_of(value.begin(), value.end(), [](const Json& element) { return element.is_object(); });
    case MemberType::kStringMap: return value.is_object() && std::all_of(value.begin(), value.end(), is_string);
  }
  return false;
}

std::string_view name_of(MemberType type) {
  switch (type) {
    case MemberType::kString: return "a string";
    case MemberType::kInteger: return "an integer";
    case MemberType::kBoolean: return "a boolean";
    case MemberType::kStructure: return "an object";
    case MemberType::kStringList: return "a list of strings";
    case MemberType::kStructureList: return "a list of objects";
    case MemberType::kStringMap: return "an object of strings";
  }
  return {};
}

Result<void> check_types_below(const Json& object, std::span<const Member> table, const std::string& path) {
  for (const Member& member : table) {
    const Json* const value = find(object, member.name);
    if (value == nullptr) continue;
    const std::string member_name = path + std::string{member.name};
    if (!has_type(*value, member.type)) {
      return ApiError{ErrorKind::kLambdaInvalidRequestContent, std::string{"Could not parse request body into json: "}
                                                                   .append(member_name)
                                                                   .append(" must be ")
                                                                   .append(name_of(member.type))};
    }
    if (member.type == MemberType::kStructure) TRY(check_types_below(*value, member.members, member_name + "."));
    if (member.type == MemberType::kStructureList) {
      for (const Json& element : *value) TRY(check_types_below(element, member.members, member_name + "."));
    }
  }
  return {};
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

void check_string(Constraints& constraints, const std::string& path, const std::string& text, const Member& member) {
  if (!member.values.empty() && !is_one_of(text, member.values)) {
    violate(constraints, path, "'" + text + "' ",
            "Member must satisfy enum value set: " + printed_values(member.values));
  }
  if (!member.pattern.empty()) {
    constraints.pattern(path, text, matches_pattern(text, member.pattern), member.pattern);
  }
  if (member.bounds == Bounds{}) return;  // code is long
  constraints.length(path, text, static_cast<std::size_t>(member.bounds.least),
                     static_cast<std::size_t>(member.bounds.most));
}

void check_list(Constraints& constraints, const std::string& path, const Json& list, const Member& member) {
  const auto wrong = [&](const Json& element) { return !is_one_of(element.get<std::string>(), member.values); };
  if (!member.values.empty() && std::any_of(list.begin(), list.end(), wrong)) {
    violate(constraints, path, "'" + java_list(list) + "' ",
            "Member must satisfy constraint: [Member must satisfy enum value set: " + printed_values(member.values) +
                ", Member must not be null]");
  }
  constraints.count(path, list.size(), java_list(list), static_cast<std::size_t>(member.bounds.least),
                    static_cast<std::size_t>(member.bounds.most));
}

void check_keys(Constraints& constraints, const std::string& path, const Json& map, const Member& member) {
  if (member.pattern.empty()) return;
  const boost::regex expression{perl_pattern(member.pattern)};  // once for all keys
  for (const auto& [key, value] : map.items()) {
    if (matches(key, expression)) continue;
    // The value stays out of the message: variables are secrets.
    violate(constraints, path, "",
            std::string{"Map keys must satisfy constraint: [Member must satisfy regular expression pattern: "}
                .append(member.pattern)
                .append("]"));
    return;
  }
}

void check_constraints_below(Constraints& constraints, const Json& object, std::span<const Member> table,
                             std::string_view parent) {
  for (const Member& member : table) {
    const std::string path = member_path(parent, member.name);
    const Json* const value = find(object, member.name);
    if (member.presence == Presence::kRequired) constraints.required(path, value != nullptr);
    if (value == nullptr) continue;
    switch (member.type) {
      case MemberType::kString: check_string(constraints, path, value->get_ref<const std::string&>(), member); break;
      case MemberType::kInteger:
        constraints.range(path, value->get<std::int64_t>(), member.bounds.least, member.bounds.most);
        break;
      case MemberType::kBoolean: break;
      case MemberType::kStructure: check_constraints_below(constraints, *value, member.members, path); break;
      case MemberType::kStringList:
      case MemberType::kStructureList: check_list(constraints, path, *value, member); break;
      case MemberType::kStringMap: check_keys(constraints, path, *value, member); break;
    }
  }
}

/// Whether the value asks for nothing beyond what happens without it.
bool is_default(const Json& value, const Member& member) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() || (!member.default_value.empty() && text == member.default_value);
  }
  if (value.is_boolean()) return !value.get<bool>();
  if (member.type == MemberType::kStructure) {
    return std::all_of(member.members.begin(), member.members.end(), [&](const Member& nested) {
      const Json* const part = find(value, nested.name);
      return part == nullptr || is_default(*part, nested);
    });
  }
  return value.is_structured() && value.empty();
}

}  // namespace

bool matches_pattern(std::string_view text, std::string_view pattern) {
  return matches(text, boost::regex{perl_pattern(pattern)});
}

Result<void> check_types(const Json& object, std::span<const Member> table) {
  return check_types_below(object, table, {});
}

void check_constraints(Constraints& constraints, const Json& object, std::span<const Member> table) {
  check_constraints_below(constraints, object, table, {});
}

Result<void> check_emulated(const Json& object, std::span<const Member> table) {
  for (const Member& member : table) {
    const Json* const value = find(object, member.name);
    if (value == nullptr) continue;
    if (member.emulation == Emulation::kDefaultOnly && !is_default(*value, member)) {
      return ApiError{ErrorKind::kLambdaInvalidParameterValue,
                      std::string{"Millrace does not emulate "}.append(member.name).append(" yet.")};
    }
    if (member.type == MemberType::kStructure) TRY(check_emulated(*value, member.members));
  }
  return {};
}

}  // namespace millrace::lambda
