#include "server/members/member_constraints.hpp"

#include <algorithm>

namespace millrace::members {
namespace {

std::size_t as_size(std::int64_t bound) { return static_cast<std::size_t>(std::max<std::int64_t>(bound, 0)); }

std::string bracketed(const std::vector<std::string>& texts) {
  std::string list{"["};
  for (const auto& text : texts) {
    if (list.size() > 1) list.append(", ");
    list.append(text);
  }
  return list.append("]");
}

}  // namespace

std::string java_name(std::string_view name) {
  std::string field{name};
  if (!field.empty() && field.front() >= 'A' && field.front() <= 'Z') {
    field.front() = static_cast<char>(field.front() - 'A' + 'a');
  }
  return field;
}

std::string path_of(std::string_view parent, std::string_view name) {
  if (parent.empty()) return java_name(name);
  return std::string{parent}.append(".").append(java_name(name));
}

std::string element_path(std::string_view list, std::size_t at) {
  return std::string{list}.append(".").append(std::to_string(at + 1)).append(".member");
}

void check_presence(validation::Constraints& constraints, std::string_view path, const Member& member, bool present) {
  if (member.presence == Presence::kRequired) constraints.required(path, present);
}

void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::optional<std::string_view> text) {
  if (!text) return;
  if (member.check != nullptr) return member.check(constraints, path, *text);
  if (member.matches != nullptr) constraints.pattern(path, *text, member.matches(*text), member.pattern);
  if (member.bounds != Bounds{}) {
    constraints.length(path, *text, as_size(member.bounds.least), as_size(member.bounds.most));
  }
  if (!member.values.empty()) constraints.one_of(path, *text, member.values);
}

void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::optional<std::int64_t> number) {
  constraints.range(path, number, member.bounds.least, member.bounds.most);
}

void check_value(validation::Constraints& /*constraints*/, std::string_view /*path*/, const Member& /*member*/,
                 std::optional<bool> /*truth*/) {}

void check_value(validation::Constraints& /*constraints*/, std::string_view /*path*/, const Member& /*member*/,
                 std::optional<TimePoint> /*time*/) {}

void check_value(validation::Constraints& /*constraints*/, std::string_view /*path*/, const Member& /*member*/,
                 std::optional<double> /*number*/) {}

void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 const std::optional<std::vector<std::string>>& texts) {
  if (!texts) return;
  if (!may_have(member, texts->size())) check_count(constraints, path, member, texts->size(), bracketed(*texts));
  if (member.elements == Bounds{}) return;
  for (std::size_t at = 0; at < texts->size(); ++at) {
    constraints.length(element_path(path, at), (*texts)[at], as_size(member.elements.least),
                       as_size(member.elements.most));
  }
}

bool may_have(const Member& member, std::size_t elements) {
  return elements >= as_size(member.bounds.least) && elements <= as_size(member.bounds.most);
}

void check_count(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::size_t elements, std::string_view printed) {
  constraints.count(path, elements, printed, as_size(member.bounds.least), as_size(member.bounds.most));
}

void append_java_text(std::string& text, std::optional<std::string_view> value) { text.append(value.value_or("null")); }

void append_java_text(std::string& text, std::optional<std::int64_t> value) {
  text.append(value ? std::to_string(*value) : "null");
}

void append_java_text(std::string& text, std::optional<bool> value) {
  text.append(!value ? "null" : *value ? "true" : "false");
}

void append_java_text(std::string& text, const std::optional<std::vector<std::string>>& value) {
  text.append(value ? bracketed(*value) : "null");
}

}  // namespace millrace::members
