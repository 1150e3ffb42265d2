// What a PartiQL statement means once parsed: a plain value, free of any request, so that one parse can serve many.
//
// Conditions, assignments and paths are those of DynamoDB's own expressions (server/expression/syntax/ast.hpp): a
// statement is another spelling of them. A `:value` of theirs is here an entry of Statement::values, which may hold
// parameters. Grammar: API reference 3.14; AWS "ql-reference".
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "server/expression/syntax/ast.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::partiql {

inline constexpr std::size_t kMaxStatementCharacters = 8192;  ///< API reference, 8
/// Parentheses, negations, lists, maps and functions around one another. No value may nest deeper than 32 and no sound
/// condition comes near; a level costs a dozen frames of the parser.
inline constexpr std::size_t kMaxDepth = 100;

/// `?`, by its place among those of the statement.
struct Parameter {
  std::uint32_t number{0};
};
struct ValueTerm;
struct MapEntry;
/// `[a, b]`
struct ListTerm {
  std::vector<ValueTerm> elements;
};
/// `<<a, b>>`
struct SetTerm {
  std::vector<ValueTerm> members;
};
/// `{'a': b}`, its entries in the order of the text.
struct MapTerm {
  std::vector<MapEntry> entries;
};
/// A value, whatever of it the parameters give.
struct ValueTerm {
  std::variant<model::AttributeValue, Parameter, ListTerm, SetTerm, MapTerm> node;
};
struct MapEntry {
  std::string name;
  ValueTerm value;
};

/// `"table"`, `"table"."index"`
struct Source {
  std::string table;
  std::optional<std::string> index;
};

struct OrderKey {
  std::string attribute;
  bool descending{false};
};

struct Select {
  std::vector<expression::Path> paths;  ///< empty: `*`
  Source from;
  std::optional<expression::Condition> where;
  std::vector<OrderKey> order;
};

struct Insert {
  Source into;
  MapTerm item;
};

/// What RETURNING shows.
enum class Returning : std::uint8_t { kNothing, kAllOld, kModifiedOld, kAllNew, kModifiedNew };

struct Update {
  Source target;
  std::vector<expression::UpdateAction> actions;  ///< at least one
  std::optional<expression::Condition> where;
  Returning returning{Returning::kNothing};
};

struct Delete {
  Source from;
  std::optional<expression::Condition> where;
  Returning returning{Returning::kNothing};
};

/// `EXISTS(SELECT …)`
struct Exists {
  Select select;
};

struct Statement {
  std::variant<Select, Insert, Update, Delete, Exists> node;
  std::vector<ValueTerm> values;  ///< by expression::ValueSlot
  std::size_t parameters{0};      ///< how many `?` there are
};

/// The table or index that a statement is about.
const Source& source_of(const Statement& statement);

}  // namespace millrace::partiql
