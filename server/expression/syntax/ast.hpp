// What expressions mean once parsed: plain values, free of any request, so that one parse can serve many requests.
//
// A placeholder (`#name`, `:value`) is a slot number into the PlaceholderTable of its AST; resolving an expression
// fills one small table of Bindings (placeholders.hpp) and leaves the AST alone. Parentheses leave no trace but the
// shape of the tree. Grammar: API reference 5.2; AWS "Expressions.OperatorsAndFunctions",
// "Expressions.UpdateExpressions".
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace millrace::expression {

// Limits (API reference, 8 and 5.2; AWS "ServiceQuotas", section Expression parameters).
inline constexpr std::size_t kMaxExpressionBytes = 4096;
inline constexpr std::size_t kMaxOperators = 300;
inline constexpr std::size_t kMaxInOperands = 100;  ///< the operand left of IN counts too
inline constexpr std::size_t kMaxPathElements = 32;
inline constexpr std::uint32_t kMaxListIndex = 2'147'483'647;
/// Parentheses and function calls around one another. No valid expression gets there: each level of condition
/// parentheses needs an operator of its own, beyond which only an operand's parentheses or a function's remain. What is
/// deeper has too many operators, redundant parentheses or a function that is not allowed, and is answered as such.
/// A level may cost 14 KB of stack under AddressSanitizer, hence no more than needed.
inline constexpr std::size_t kMaxParseDepth = kMaxOperators + 4;

/// kStatement is what a PartiQL statement says in the place of any of the others: its error texts name no parameter.
enum class ExpressionKind : std::uint8_t {
  kCondition,
  kFilter,
  kKeyCondition,
  kSearchCondition,
  kUpdate,
  kProjection,
  kStatement
};
/// `ConditionExpression`, …: the request member, as error texts name it.
std::string_view member_name(ExpressionKind kind);

/// The texts of the placeholders of one expression, markers included, in the order of their first use.
struct PlaceholderTable {
  std::vector<std::string> names;   ///< `#a`
  std::vector<std::string> values;  ///< `:v`
  friend bool operator==(const PlaceholderTable&, const PlaceholderTable&) = default;
};

/// `#a`: index into PlaceholderTable::names.
struct NameSlot {
  std::uint32_t number{0};
  friend bool operator==(const NameSlot&, const NameSlot&) = default;
};
/// `:v`: index into PlaceholderTable::values.
struct ValueSlot {
  std::uint32_t number{0};
  friend bool operator==(const ValueSlot&, const ValueSlot&) = default;
};
/// `[3]`
struct ListIndex {
  std::uint32_t position{0};
  friend bool operator==(const ListIndex&, const ListIndex&) = default;
};

using PathElement = std::variant<std::string, NameSlot, ListIndex>;
/// `a.#b[3]`. The first element is never a ListIndex, and there is always a first element.
struct Path {
  std::vector<PathElement> elements;
  friend bool operator==(const Path&, const Path&) = default;
};

enum class Function : std::uint8_t {
  kAttributeExists,
  kAttributeNotExists,
  kAttributeType,
  kBeginsWith,
  kContains,
  kSize,
  kIfNotExists,
  kListAppend,
};
/// `attribute_exists`, …
std::string_view to_text(Function function);

struct Operand;
struct FunctionCall {
  Function function{Function::kSize};
  std::vector<Operand> arguments;  ///< as many as were written; resolving checks the count
  friend bool operator==(const FunctionCall& left, const FunctionCall& right);
};
struct Operand {
  std::variant<Path, ValueSlot, FunctionCall> node;
  friend bool operator==(const Operand&, const Operand&) = default;
};

// --- Conditions: ConditionExpression, FilterExpression, KeyConditionExpression, SearchConditionExpression ------------

enum class Comparator : std::uint8_t { kEqual, kNotEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
/// `=`, `<>`, …
std::string_view to_text(Comparator comparator);

struct Comparison {
  Comparator comparator{Comparator::kEqual};
  Operand left;
  Operand right;
  friend bool operator==(const Comparison&, const Comparison&) = default;
};
struct Between {
  Operand subject;
  Operand lower;
  Operand upper;
  friend bool operator==(const Between&, const Between&) = default;
};
struct In {
  Operand subject;
  std::vector<Operand> candidates;
  friend bool operator==(const In&, const In&) = default;
};

enum class LogicalOperator : std::uint8_t { kAnd, kOr, kNot };
/// `AND`, …
std::string_view to_text(LogicalOperator op);

struct Condition;
/// AND and OR join two or more conditions (`a AND b AND c` is one node), NOT has one.
struct Logical {
  LogicalOperator op{LogicalOperator::kAnd};
  std::vector<Condition> conditions;
  friend bool operator==(const Logical& left, const Logical& right);
};
struct Condition {
  std::variant<Comparison, Between, In, FunctionCall, Logical> node;
  friend bool operator==(const Condition&, const Condition&) = default;
};

struct ConditionAst {
  ExpressionKind kind{ExpressionKind::kCondition};  ///< kCondition, kFilter, kKeyCondition or kSearchCondition
  Condition root;
  PlaceholderTable placeholders;
  friend bool operator==(const ConditionAst&, const ConditionAst&) = default;
};

// --- UpdateExpression ------------------------------------------------------------------------------------------------

enum class ArithmeticOperator : std::uint8_t { kAdd, kSubtract };
struct Arithmetic {
  Operand left;
  ArithmeticOperator op{ArithmeticOperator::kAdd};
  Operand right;
  friend bool operator==(const Arithmetic&, const Arithmetic&) = default;
};

struct SetAction {
  Path target;
  std::variant<Operand, Arithmetic> value;
  friend bool operator==(const SetAction&, const SetAction&) = default;
};
struct RemoveAction {
  Path target;
  friend bool operator==(const RemoveAction&, const RemoveAction&) = default;
};
struct AddAction {
  Path target;
  ValueSlot value;
  friend bool operator==(const AddAction&, const AddAction&) = default;
};
struct DeleteAction {
  Path target;
  ValueSlot value;
  friend bool operator==(const DeleteAction&, const DeleteAction&) = default;
};
using UpdateAction = std::variant<SetAction, RemoveAction, AddAction, DeleteAction>;
const Path& target_of(const UpdateAction& action);

struct UpdateAst {
  std::vector<UpdateAction> actions;  ///< in the order of the text, so the actions of one section stand together
  PlaceholderTable placeholders;
  friend bool operator==(const UpdateAst&, const UpdateAst&) = default;
};

// --- ProjectionExpression --------------------------------------------------------------------------------------------

struct ProjectionAst {
  std::vector<Path> paths;
  PlaceholderTable placeholders;
  friend bool operator==(const ProjectionAst&, const ProjectionAst&) = default;
};

}  // namespace millrace::expression
