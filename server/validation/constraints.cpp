#include "server/validation/constraints.hpp"

#include <algorithm>

namespace millrace::validation {
namespace {

std::string in_quotes(std::string_view value) { return std::string{"'"}.append(value).append("'"); }

std::size_t characters_in(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

constexpr std::string_view kNamePattern = "[a-zA-Z0-9_.-]+";

}  // namespace

bool is_resource_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-';
  });
}

void Constraints::add(std::string_view path, std::string_view printed_value, std::string_view rule) {
  violated(std::string{"Value "}
               .append(base::cut_message(printed_value))
               .append(" at '")
               .append(path)
               .append("' failed to satisfy constraint: ")
               .append(rule));
}

void Constraints::violated(std::string text) {
  if (violations_.size() < kMaxReported) violations_.push_back(std::move(text));
}

void Constraints::required(std::string_view path, bool present) {
  if (!present) add(path, "null", "Member must not be null");
}

void Constraints::length(std::string_view path, std::optional<std::string_view> value, std::size_t minimum,
                         std::size_t maximum) {
  if (value) count(path, characters_in(*value), *value, minimum, maximum);
}

void Constraints::count(std::string_view path, std::size_t elements, std::string_view printed, std::size_t minimum,
                        std::size_t maximum) {
  if (elements < minimum) {
    add(path, in_quotes(printed), "Member must have length greater than or equal to " + std::to_string(minimum));
  } else if (elements > maximum) {
    add(path, in_quotes(printed), "Member must have length less than or equal to " + std::to_string(maximum));
  }
}

void Constraints::range(std::string_view path, std::optional<std::int64_t> value, std::int64_t minimum,
                        std::int64_t maximum) {
  if (!value) return;
  if (*value < minimum) {
    add(path, in_quotes(std::to_string(*value)),
        "Member must have value greater than or equal to " + std::to_string(minimum));
  } else if (*value > maximum) {
    add(path, in_quotes(std::to_string(*value)),
        "Member must have value less than or equal to " + std::to_string(maximum));
  }
}

void Constraints::one_of(std::string_view path, std::optional<std::string_view> value,
                         std::span<const std::string_view> allowed) {
  if (!value || std::find(allowed.begin(), allowed.end(), *value) != allowed.end()) return;
  std::string rule{"Member must satisfy enum value set: ["};
  for (const auto& name : allowed) {
    if (rule.back() != '[') rule.append(", ");
    rule.append(name);
  }
  add(path, in_quotes(*value), rule.append("]"));
}

void Constraints::pattern(std::string_view path, std::string_view value, bool matches, std::string_view pattern) {
  if (!matches)
    add(path, in_quotes(value), std::string{"Member must satisfy regular expression pattern: "}.append(pattern));
}

model::TableReference Constraints::table_reference(std::string_view path, std::optional<std::string_view> value) {
  required(path, value.has_value());
  if (!value) return {};
  constexpr std::size_t kMaxArn = 1024;
  if (value->starts_with("arn:")) {
    length(path, value, 1, kMaxArn);
    return model::TableReference{std::string{*value}};
  }
  constexpr std::size_t kMaxName = 255;
  pattern(path, *value, is_resource_name(*value) || value->empty(), kNamePattern);
  length(path, value, 1, kMaxName);
  return model::TableReference{std::string{*value}};
}

void Constraints::resource_name(std::string_view path, std::optional<std::string_view> value) {
  if (!value) return;
  pattern(path, *value, is_resource_name(*value) && !value->empty(), kNamePattern);
  length(path, value, 3, 255);
}

Result<void> Constraints::finish() const {
  if (violations_.empty()) return {};
  std::string message = std::to_string(violations_.size());
  message.append(violations_.size() == 1 ? " validation error detected: " : " validation errors detected: ");
  for (std::size_t at = 0; at < violations_.size(); ++at) {
    if (at > 0) message.append("; ");
    message.append(violations_[at]);
  }
  return base::validation_error(std::move(message));
}

}  // namespace millrace::validation
