#include "server/expression/syntax/placeholders.hpp"

#include <algorithm>
#include <utility>

#include "server/model/attribute_name.hpp"

namespace millrace::expression {
namespace {

constexpr std::string_view kNamesMember = "ExpressionAttributeNames";
constexpr std::string_view kValuesMember = "ExpressionAttributeValues";

constexpr std::size_t kMaxPlaceholderBytes = 255;  // with the marker
constexpr std::size_t kMaxSubstitutionBytes = std::size_t{2} * 1024 * 1024;

bool is_placeholder(std::string_view key, char marker) {
  const auto is_word_character = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return key.size() > 1 && key.front() == marker && std::all_of(key.begin() + 1, key.end(), is_word_character);
}

ApiError must_not_be_empty(std::string_view member) {
  return base::validation_error(std::string{member}.append(" must not be empty"));
}

ApiError invalid_key(std::string_view member, std::string_view key) {
  return base::validation_error(
      std::string{member}.append(" contains invalid key: Syntax error; key: \"").append(key).append("\""));
}

Result<void> check_key(std::string_view member, std::string_view key, char marker) {
  if (key.size() > kMaxPlaceholderBytes) {
    return base::validation_error(
        std::string{member}
            .append(
                " contains invalid key: The expression attribute map contains a key that is too long; size of key: ")
            .append(std::to_string(key.size())));
  }
  if (!is_placeholder(key, marker)) return invalid_key(member, key);
  return {};
}

ApiError exceeds_max_size(std::string_view what) {
  return base::validation_error(std::string{what}.append(" exceeds max size"));
}

ApiError unused(std::string_view member, std::string_view keys) {
  return base::validation_error(std::string{"Value provided in "}
                                    .append(member)
                                    .append(" unused in expressions: keys: {")
                                    .append(keys)
                                    .append("}"));
}

void append_joined(std::string& out, std::string_view separator, std::string_view text) {
  if (!out.empty()) out.append(separator);
  out.append(text);
}

std::string names_of_present(std::span<const RequestMember> members) {
  std::string names;
  for (const auto& member : members) {
    if (member.present) append_joined(names, ", ", member.name);
  }
  return names;
}

}  // namespace

Placeholders::Placeholders(std::optional<AttributeNames> names, std::optional<model::AttributeMap> values) {
  if (!names && !values) return;
  tables_ = std::make_shared<Tables>();
  tables_->has_names = names.has_value();
  tables_->has_values = values.has_value();
  if (names) tables_->names = std::move(*names);
  if (values) tables_->values = std::move(*values);
  std::sort(tables_->names.begin(), tables_->names.end());
  tables_->name_used.resize(tables_->names.size());
  tables_->value_used.resize(tables_->values.size());
}

Result<void> Placeholders::check() const {
  if (has_names()) {
    if (tables_->names.empty()) return must_not_be_empty(kNamesMember);
    for (const auto& [key, name] : tables_->names) {
      TRY(check_key(kNamesMember, key, '#'));
    }
    for (const auto& [key, name] : tables_->names) {
      const std::string_view fault = model::attribute_name_fault(name);
      if (fault.empty()) continue;
      return base::validation_error(
          std::string{kNamesMember}.append(" contains invalid value: ").append(fault).append(" for key ").append(key));
    }
  }
  if (has_values()) {
    if (tables_->values.empty()) return must_not_be_empty(kValuesMember);
    for (const auto& entry : tables_->values) {
      TRY(check_key(kValuesMember, entry.name, ':'));
    }
  }
  return tables_ ? tables_->check_size() : Result<void>{};
}

Result<void> Placeholders::Tables::check_size() const {
  std::size_t names_size = 0;
  for (const auto& [key, name] : names) names_size += key.size() + name.size();
  const std::size_t values_size = model::size_of(values);
  if (names_size > kMaxSubstitutionBytes) return exceeds_max_size(kNamesMember);
  if (values_size > kMaxSubstitutionBytes) return exceeds_max_size(kValuesMember);
  if (names_size + values_size > kMaxSubstitutionBytes) {
    return exceeds_max_size("Combined size of ExpressionAttributeNames and ExpressionAttributeValues");
  }
  return {};
}

const std::string* Placeholders::use_name(std::string_view placeholder) {
  if (!tables_) return nullptr;
  const auto& names = tables_->names;
  const auto found = std::lower_bound(names.begin(), names.end(), placeholder,
                                      [](const auto& entry, std::string_view wanted) { return entry.first < wanted; });
  if (found == names.end() || found->first != placeholder) return nullptr;
  tables_->name_used[static_cast<std::size_t>(found - names.begin())] = true;
  return &found->second;
}

const model::AttributeValue* Placeholders::use_value(std::string_view placeholder) {
  if (!tables_) return nullptr;
  const auto& values = std::as_const(tables_->values);
  const auto found =
      std::lower_bound(values.begin(), values.end(), placeholder,
                       [](const model::Attribute& entry, std::string_view wanted) { return entry.name < wanted; });
  if (found == values.end() || found->name != placeholder) return nullptr;
  tables_->value_used[static_cast<std::size_t>(found - values.begin())] = true;
  return &found->value;
}

Result<void> Placeholders::check_all_used() const {
  TRY(check_names_used());
  return check_values_used();
}

Result<void> Placeholders::check_names_used() const {
  if (!tables_) return {};
  std::string keys;
  for (std::size_t n = 0; n < tables_->names.size(); ++n) {
    if (!tables_->name_used[n]) append_joined(keys, ", ", tables_->names[n].first);
  }
  if (!keys.empty()) return unused(kNamesMember, keys);
  return {};
}

Result<void> Placeholders::check_values_used() const {
  if (!tables_) return {};
  std::string keys;
  std::size_t n = 0;
  for (const auto& entry : std::as_const(tables_->values)) {
    if (!tables_->value_used[n++]) append_joined(keys, ", ", entry.name);
  }
  if (!keys.empty()) return unused(kValuesMember, keys);
  return {};
}

Result<void> check_not_mixed(std::span<const RequestMember> non_expression, std::span<const RequestMember> expression) {
  const std::string expressions = names_of_present(expression);
  if (expressions.empty()) return {};
  const bool has_key_expression = std::any_of(expression.begin(), expression.end(), [](const RequestMember& member) {
    return member.present && member.name == member_name(ExpressionKind::kKeyCondition);
  });
  std::string others;
  for (const auto& member : non_expression) {
    if (!member.present || (member.name == "KeyConditions" && !has_key_expression)) continue;
    append_joined(others, ", ", member.name);
  }
  if (others.empty()) return {};
  return base::validation_error(
      "Can not use both expression and non-expression parameters in the same request: Non-expression parameters: {" +
      others + "} Expression parameters: {" + expressions + "}");
}

Result<void> check_expressions_present(const Placeholders& placeholders, std::span<const RequestMember> expression,
                                       Wording wording) {
  const auto is_present = [](const RequestMember& member) { return member.present; };
  if (placeholders.has_names() && std::none_of(expression.begin(), expression.end(), is_present)) {
    return base::validation_error(std::string{kNamesMember}.append(" can only be specified when using expressions"));
  }
  if (!placeholders.has_values()) return {};
  // Projections have no values, so a ProjectionExpression alone does not justify them.
  std::string absent;
  std::size_t count = 0;
  for (const auto& member : expression) {
    if (member.name == member_name(ExpressionKind::kProjection)) continue;
    if (member.present) return {};
    append_joined(absent, " and ", member.name);
    ++count;
  }
  std::string message = std::string{kValuesMember}.append(" can only be specified when using expressions");
  if (wording != Wording::kEnveloped && count > 0) {
    message.append(": ").append(absent).append(count == 1 ? " is null" : " are null");
  }
  return base::validation_error(std::move(message));
}

std::string_view BoundPath::top_level() const {
  const PathElement& first = path->elements.front();
  if (const auto* slot = std::get_if<NameSlot>(&first)) return bindings->names[slot->number];
  return std::get<std::string>(first);
}

std::string to_message_text(const BoundPath& path) {
  std::string text{"["};
  for (const auto& element : path.path->elements) {
    if (text.size() > 1) text.append(", ");
    if (const auto* index = std::get_if<ListIndex>(&element)) {
      text.append("[").append(std::to_string(index->position)).append("]");
    } else if (const auto* slot = std::get_if<NameSlot>(&element)) {
      text.append(path.bindings->names[slot->number]);
    } else {
      text.append(std::get<std::string>(element));
    }
  }
  return text.append("]");
}

}  // namespace millrace::expression
