// The constraints of one member that is present, or missing: AWS's texts from a row of a table (server/validation).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/clock.hpp"
#include "server/members/member.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::members {

/// `TableName` inside `parent` is `parent.tableName` in messages; an empty parent is the request itself.
std::string path_of(std::string_view parent, std::string_view name);
/// Element number `at`, counting from 0, of the list at `list`.
std::string element_path(std::string_view list, std::size_t at);

// A value that is absent violates nothing: whether it has to be there is asked with check_presence().
void check_presence(validation::Constraints& constraints, std::string_view path, const Member& member, bool present);
void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::optional<std::string_view> text);
void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::optional<std::int64_t> number);
void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::optional<bool> truth);
/// A double has no bounds in AWS's model.
void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::optional<double> number);
void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::optional<TimePoint> time);
void check_value(validation::Constraints& constraints, std::string_view path, const Member& member,
                 const std::optional<std::vector<std::string>>& texts);

/// Whether a list of so many elements is within the member's bounds.
bool may_have(const Member& member, std::size_t elements);
/// Adds what check_value() does of the length of a list; `printed` is its text in the message.
void check_count(validation::Constraints& constraints, std::string_view path, const Member& member,
                 std::size_t elements, std::string_view printed);

// A value as Java prints it inside a structure; one that is absent is `null`.
void append_java_text(std::string& text, std::optional<std::string_view> value);
void append_java_text(std::string& text, std::optional<std::int64_t> value);
void append_java_text(std::string& text, std::optional<bool> value);
void append_java_text(std::string& text, const std::optional<std::vector<std::string>>& value);

/// A member's name as Java's fields are called: `KeyType` is `keyType`.
std::string java_name(std::string_view name);

}  // namespace millrace::members
