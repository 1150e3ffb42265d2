// A table of members whose rows are bound to the fields of a structure: it reads a request and says what it violates.
//
//   struct ThroughputInput { std::optional<std::int64_t> read; std::optional<std::int64_t> write; };
//   inline constexpr MemberTable kThroughput{
//       "ProvisionedThroughput",
//       long_row(&ThroughputInput::read, {.name = "ReadCapacityUnits", .presence = Presence::kRequired}),
//       long_row(&ThroughputInput::write, {.name = "WriteCapacityUnits"})};
//   struct Members { std::optional<ThroughputInput> throughput; };
//   constexpr MemberTable kMembers{
//       "Request", row_of<kThroughput>(&Members::throughput, {.name = "ProvisionedThroughput"})};
//
// Texts that are read are views into the body. The rows stand in the order of AWS's model: types are checked in it, and
// the first member of a wrong type is the one that is told.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/json/object_reader.hpp"
#include "server/members/member.hpp"
#include "server/members/member_constraints.hpp"
#include "server/validation/constraints.hpp"

namespace millrace::members {

/// A scalar, or a list of strings.
template <class Owner, class Value>
struct ValueRow {
  Member member;
  std::optional<Value> Owner::*field;
};
/// A structure whose members are those of `kTable`.
template <const auto& kTable, class Owner, class Value>
struct StructureRow {
  Member member;
  std::optional<Value> Owner::*field;
};
/// A list of such structures.
template <const auto& kTable, class Owner, class Value>
struct StructuresRow {
  Member member;
  std::optional<std::vector<Value>> Owner::*field;
};
struct UnreadRow {
  Member member;
};

template <class... Rows>
struct MemberTable {
  static constexpr std::size_t kSize = sizeof...(Rows);

  std::string_view shape_name;  ///< in AWS's model
  std::tuple<Rows...> rows;
  std::array<Member, kSize> members;             ///< of the rows, one by one
  std::array<std::size_t, kSize> in_violations;  ///< numbers of the rows in the order of Member::order

  constexpr explicit MemberTable(std::string_view shape, Rows... given)
      : shape_name{shape}, rows{given...}, members{given.member...}, in_violations{} {
    // By insertion, which keeps the order of equals.
    for (std::size_t at = 0; at < kSize; ++at) {
      std::size_t place = at;
      for (; place > 0 && members[in_violations[place - 1]].order > members[at].order; --place) {
        in_violations[place] = in_violations[place - 1];
      }
      in_violations[place] = at;
    }
  }
};

template <const auto& kTable>
inline constexpr Shape kShapeOf{.kind = Kind::kStructure, .name = kTable.shape_name, .members = kTable.members};
template <const auto& kTable>
inline constexpr Shape kListOf{.kind = Kind::kList, .element = &kShapeOf<kTable>};

constexpr const Shape* shape_of(std::optional<std::string_view>* /*type*/) { return &kString; }
constexpr const Shape* shape_of(std::optional<bool>* /*type*/) { return &kBoolean; }
constexpr const Shape* shape_of(std::optional<std::int64_t>* /*type*/) { return &kInteger; }
constexpr const Shape* shape_of(std::optional<TimePoint>* /*type*/) { return &kTimestamp; }
constexpr const Shape* shape_of(std::optional<double>* /*type*/) { return &kDouble; }
constexpr const Shape* shape_of(std::optional<std::vector<std::string>>* /*type*/) { return &kStringList; }

/// The shape follows from the field.
template <class Owner, class Value>
constexpr auto row(std::optional<Value> Owner::*field, Member member) {
  member.shape = shape_of(static_cast<std::optional<Value>*>(nullptr));
  return ValueRow<Owner, Value>{member, field};
}
/// A Long, which no field tells from an Integer.
template <class Owner>
constexpr auto long_row(std::optional<std::int64_t> Owner::*field, Member member) {
  member.shape = &kLong;
  return ValueRow<Owner, std::int64_t>{member, field};
}
template <const auto& kTable, class Owner, class Value>
constexpr auto row_of(std::optional<Value> Owner::*field, Member member) {
  member.shape = &kShapeOf<kTable>;
  return StructureRow<kTable, Owner, Value>{member, field};
}
template <const auto& kTable, class Owner, class Value>
constexpr auto rows_of(std::optional<std::vector<Value>> Owner::*field, Member member) {
  member.shape = &kListOf<kTable>;
  return StructuresRow<kTable, Owner, Value>{member, field};
}
/// A member of AWS's that is not looked at.
constexpr UnreadRow unread_row(std::string_view name) { return {Member{.name = name}}; }

// --- Reading ---------------------------------------------------------------------------------------------------------

inline void read_value(json::ObjectReader& in, const Member& member, std::optional<std::string_view>& out) {
  out = in.string(member.name);
}
inline void read_value(json::ObjectReader& in, const Member& member, std::optional<bool>& out) {
  out = in.boolean(member.name);
}
inline void read_value(json::ObjectReader& in, const Member& member, std::optional<std::int64_t>& out) {
  out = in.integer(member.name, member.shape->name);
}
inline void read_value(json::ObjectReader& in, const Member& member, std::optional<TimePoint>& out) {
  out = in.timestamp(member.name);
}
inline void read_value(json::ObjectReader& in, const Member& member, std::optional<double>& out) {
  out = in.number(member.name);
}
inline void read_value(json::ObjectReader& in, const Member& member, std::optional<std::vector<std::string>>& out) {
  out = in.string_list(member.name);
}

/// Reads every member of `table` out of an object. Errors: in.failed().
template <class Owner, class... Rows>
void read(json::ObjectReader& in, const MemberTable<Rows...>& table, Owner& out);

template <class Owner, class Value>
void read_row(json::ObjectReader& in, const ValueRow<Owner, Value>& row, Owner& out) {
  read_value(in, row.member, out.*row.field);
}
template <const auto& kTable, class Owner, class Value>
void read_row(json::ObjectReader& in, const StructureRow<kTable, Owner, Value>& row, Owner& out) {
  auto structure = in.structure(row.member.name, kTable.shape_name);
  if (!structure) return;
  read(*structure, kTable, (out.*row.field).emplace());
  in.adopt(*structure);
}
template <const auto& kTable, class Owner, class Value>
void read_row(json::ObjectReader& in, const StructuresRow<kTable, Owner, Value>& row, Owner& out) {
  std::vector<Value> values;
  const auto count = in.structures(row.member.name, kTable.shape_name, [&values](json::ObjectReader& element) {
    read(element, kTable, values.emplace_back());
  });
  if (count) out.*row.field = std::move(values);
}
template <class Owner>
void read_row(json::ObjectReader& /*in*/, const UnreadRow& /*row*/, Owner& /*out*/) {}

template <class Owner, class... Rows>
void read(json::ObjectReader& in, const MemberTable<Rows...>& table, Owner& out) {
  std::apply([&](const auto&... row) { (read_row(in, row, out), ...); }, table.rows);
}

/// The members of a request. Errors: SerializationException for the first of a wrong type.
template <class Owner, class... Rows>
Result<Owner> read(const json::Object& body, const MemberTable<Rows...>& table) {
  json::ObjectReader in{body};
  Owner out;
  read(in, table, out);
  if (in.failed()) return in.error();
  return out;
}

// --- Constraints -----------------------------------------------------------------------------------------------------

/// Adds every constraint that `value` violates; `path` is the structure's, empty for the request itself.
template <class Owner, class... Rows>
void check(validation::Constraints& constraints, const MemberTable<Rows...>& table, const Owner& value,
           std::string_view path = {});

/// `KeySchemaElement(attributeName=pk, keyType=HASH)`. For structures of scalars.
template <class Owner, class... Rows>
void append_structure_text(std::string& text, const MemberTable<Rows...>& table, const Owner& value) {
  text.append(table.shape_name).append("(");
  std::string_view comma;
  const auto append = [&](const auto& row) {
    if constexpr (requires { append_java_text(text, value.*row.field); }) {
      text.append(std::exchange(comma, ", ")).append(java_name(row.member.name)).append("=");
      append_java_text(text, value.*row.field);
    }
  };
  std::apply([&](const auto&... row) { (append(row), ...); }, table.rows);
  text.append(")");
}

template <class Owner, class Value>
void check_row(validation::Constraints& constraints, const ValueRow<Owner, Value>& row, const Owner& value,
               std::string_view parent) {
  const std::string path = path_of(parent, row.member.name);
  check_presence(constraints, path, row.member, (value.*row.field).has_value());
  check_value(constraints, path, row.member, value.*row.field);
}
template <const auto& kTable, class Owner, class Value>
void check_row(validation::Constraints& constraints, const StructureRow<kTable, Owner, Value>& row, const Owner& value,
               std::string_view parent) {
  const std::string path = path_of(parent, row.member.name);
  const auto& structure = value.*row.field;
  check_presence(constraints, path, row.member, structure.has_value());
  if (structure) check(constraints, kTable, *structure, path);
}
template <const auto& kTable, class Owner, class Value>
void check_row(validation::Constraints& constraints, const StructuresRow<kTable, Owner, Value>& row, const Owner& value,
               std::string_view parent) {
  const std::string path = path_of(parent, row.member.name);
  const auto& structures = value.*row.field;
  check_presence(constraints, path, row.member, structures.has_value());
  if (!structures) return;
  if (!may_have(row.member, structures->size())) {
    std::string printed{"["};
    for (const auto& structure : *structures) {
      if (printed.size() > 1) printed.append(", ");
      append_structure_text(printed, kTable, structure);
    }
    check_count(constraints, path, row.member, structures->size(), printed.append("]"));
  }
  for (std::size_t at = 0; at < structures->size(); ++at) {
    check(constraints, kTable, (*structures)[at], element_path(path, at));
  }
}
template <class Owner>
void check_row(validation::Constraints& /*constraints*/, const UnreadRow& /*row*/, const Owner& /*value*/,
               std::string_view /*parent*/) {}

template <class Owner, class... Rows>
void check(validation::Constraints& constraints, const MemberTable<Rows...>& table, const Owner& value,
           std::string_view path) {
  for (const std::size_t wanted : table.in_violations) {
    std::size_t at = 0;
    const auto check_wanted = [&](const auto& row) {
      if (at++ == wanted) check_row(constraints, row, value, path);
    };
    std::apply([&](const auto&... row) { (check_wanted(row), ...); }, table.rows);
  }
}

/// The members of a request that violate nothing. Errors: those of read(), or the ValidationException with all
/// violations.
template <class Owner, class... Rows>
Result<Owner> read_checked(const json::Object& body, const MemberTable<Rows...>& table) {
  TRY_ASSIGN(auto value, read<Owner>(body, table));
  validation::Constraints constraints;
  check(constraints, table, value);
  TRY(constraints.finish());
  return value;
}

}  // namespace millrace::members
