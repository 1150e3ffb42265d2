#include "server/rest/member_table.hpp"

#include <algorithm>
#include <optional>

#include "server/json/tree.hpp"
#include "server/rest/member_reading.hpp"

namespace millrace::rest {
namespace {

using Json = nlohmann::json;

bool fits_integer(const Json& value) {
  using Limits = std::numeric_limits<std::int32_t>;
  if (value.is_number_unsigned()) return value.get<std::uint64_t>() <= std::uint64_t{Limits::max()};
  return value.get<std::int64_t>() >= Limits::min();
}

template <class Is>
bool all_are(const Json& values, Is is) {
  return std::all_of(values.begin(), values.end(), is);
}

bool has_type(const Json& value, MemberType type) {
  const auto is_string = [](const Json& element) { return element.is_string(); };
  const auto is_object = [](const Json& element) { return element.is_object(); };
  switch (type) {
    case MemberType::kString: return value.is_string();
    case MemberType::kInteger: return value.is_number_integer() && fits_integer(value);
    case MemberType::kTimestamp: return value.is_number();
    case MemberType::kBoolean: return value.is_boolean();
    case MemberType::kStructure: return value.is_object();
    case MemberType::kStringList: return value.is_array() && all_are(value, is_string);
    case MemberType::kStructureList: return value.is_array() && all_are(value, is_object);
    case MemberType::kStringMap: return value.is_object() && all_are(value, is_string);
  }
  return false;
}

std::string_view name_of(MemberType type) {
  switch (type) {
    case MemberType::kString: return "a string";
    case MemberType::kInteger: return "an integer";
    case MemberType::kTimestamp: return "a number";
    case MemberType::kBoolean: return "a boolean";
    case MemberType::kStructure: return "an object";
    case MemberType::kStringList: return "a list of strings";
    case MemberType::kStructureList: return "a list of objects";
    case MemberType::kStringMap: return "an object of strings";
  }
  return {};
}

ApiError wrong_type(const std::string& path, const Json& value, MemberType type) {
  std::string message = "Could not parse request body into json: " + path + " must be ";
  if (type == MemberType::kInteger && value.is_number_integer()) {
    message.append("in range: numeric value (").append(json::print_tree(value)).append(") is out of range of int");
  } else {
    message.append(name_of(type));
  }
  return {ErrorKind::kLambdaInvalidRequestContent, std::move(message)};
}

Result<void> check_types_below(const Json& object, std::span<const Member> table, const std::string& parent) {
  for (const Member& member : table) {
    const Json* const value = member.place == Place::kBody ? find_member(object, member.name) : nullptr;
    if (value == nullptr) continue;
    const std::string path = parent + std::string{member.name};
    if (!has_type(*value, member.type)) return wrong_type(path, *value, member.type);
    if (member.type == MemberType::kStructure) TRY(check_types_below(*value, member.members, path + "."));
    if (member.type == MemberType::kStructureList) {
      for (const Json& element : *value) TRY(check_types_below(element, member.members, path + "."));
    }
  }
  return {};
}

/// Whether the value asks for nothing beyond what happens without it.
bool is_default(const Json& value, const Member& member) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    return text.empty() || (!member.default_value.empty() && text == member.default_value);
  }
  if (value.is_boolean()) return !value.get<bool>();
  if (value.is_number()) return json::print_tree(value) == member.default_value;
  if (member.type == MemberType::kStructure && !member.members.empty()) {
    return std::all_of(member.members.begin(), member.members.end(), [&](const Member& nested) {
      const Json* const part = find_member(value, nested.name);
      return part == nullptr || is_default(*part, nested);
    });
  }
  return value.empty();
}

void refuse_below(std::vector<std::string>& refusals, const Json& object, std::span<const Member> table,
                  const std::string& parent) {
  for (const Member& member : table) {
    const Json* const value = find_member(object, member.name);
    if (value == nullptr) continue;
    const std::string path = parent + std::string{member.name};
    if (member.emulation == Emulation::kDefaultOnly) {
      if (is_default(*value, member)) continue;
      refusals.push_back("Millrace does not emulate " + path + " yet.");
    } else if (member.type == MemberType::kStructure) {
      refuse_below(refusals, *value, member.members, path + ".");
    }
  }
}

}  // namespace

Result<void> check_types(const Json& object, std::span<const Member> table) {
  return check_types_below(object, table, {});
}

std::vector<std::string> not_emulated(const Json& object, std::span<const Member> table) {
  std::vector<std::string> refusals;
  refuse_below(refusals, object, table, {});
  return refusals;
}

Result<void> check_emulated(const Json& object, std::span<const Member> table) {
  auto refusals = not_emulated(object, table);
  if (refusals.empty()) return {};
  return ApiError{ErrorKind::kLambdaInvalidParameterValue, std::move(refusals.front())};
}

}  // namespace millrace::rest
