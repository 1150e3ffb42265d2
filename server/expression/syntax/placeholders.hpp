// ExpressionAttributeNames and ExpressionAttributeValues of one request, what they are bound to in an expression, and
// the checks on which parameters a request may combine (API reference, 3.4 and 2.4).
//
// Order of an operation: check_not_mixed(), check_expressions_present(), Placeholders::check(), resolve every
// expression (update, condition, key condition, filter, projection), check_all_used(). All errors are bare
// ValidationExceptions; base::in_wording() adds the envelope of PutItem and UpdateItem.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/result.hpp"
#include "server/base/wording.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/model/attribute_value.hpp"

namespace millrace::expression {

/// `#a` -> attribute name.
using AttributeNames = std::vector<std::pair<std::string, std::string>>;

/// The placeholder tables of a request, and which entries its expressions have used so far. Used by one thread until
/// the expressions are resolved; what they share of it afterwards is only read. Copies stand for the same tables.
class Placeholders {
 public:
  /// A request without either member.
  Placeholders() = default;
  /// An absent member is an empty optional. The order of `names` does not matter; keys of `values` are `:v`.
  Placeholders(std::optional<AttributeNames> names, std::optional<model::AttributeMap> values);

  [[nodiscard]] bool has_names() const { return tables_ && tables_->has_names; }
  [[nodiscard]] bool has_values() const { return tables_ && tables_->has_values; }

  /// Empty members, malformed and too long keys, impossible attribute names: names first, then values, then the size of
  /// all. AWS checks all keys of both members before any value (api::PlaceholdersInput::check()).
  [[nodiscard]] Result<void> check() const;

  /// What a placeholder (marker included) stands for, or null; counts as its use.
  const std::string* use_name(std::string_view placeholder);
  const model::AttributeValue* use_value(std::string_view placeholder);

  /// Entries that no expression used: names, then values. Call it when every expression of the request is resolved.
  [[nodiscard]] Result<void> check_all_used() const;
  /// The two halves of check_all_used(), for operations that word them differently (DeleteItem, reference 2.4).
  [[nodiscard]] Result<void> check_names_used() const;
  [[nodiscard]] Result<void> check_values_used() const;

  /// Keeps what use_name() and use_value() have returned alive.
  [[nodiscard]] std::shared_ptr<const void> source() const { return tables_; }

 private:
  struct Tables {
    AttributeNames names;  // sorted by placeholder
    model::AttributeMap values;
    std::vector<bool> name_used;
    std::vector<bool> value_used;
    bool has_names{false};
    bool has_values{false};

    [[nodiscard]] Result<void> check_size() const;
  };

  std::shared_ptr<Tables> tables_;  // null without either member
};

/// A request member that takes part in the mixing rules, and whether the request has it.
struct RequestMember {
  std::string_view name;
  bool present{false};
};

/// "Can not use both expression and non-expression parameters in the same request: …". List the members of the
/// operation in the order of reference 3.4. KeyConditions without KeyConditionExpression may accompany the others.
[[nodiscard]] Result<void> check_not_mixed(std::span<const RequestMember> non_expression,
                                           std::span<const RequestMember> expression);

/// "ExpressionAttributeNames (Values) can only be specified when using expressions…". `expression` as above; the text
/// under kEnveloped ends before the list of absent members (reference 2.4). The envelope itself is not added.
[[nodiscard]] Result<void> check_expressions_present(const Placeholders& placeholders,
                                                     std::span<const RequestMember> expression, Wording wording);

/// What the slots of one AST stand for in one request. Copies share it.
struct Bindings {
  std::vector<std::string_view> names;               ///< by NameSlot
  std::vector<const model::AttributeValue*> values;  ///< by ValueSlot
  std::shared_ptr<const void> source;                ///< keeps alive what the two refer to
};

/// A path with its placeholders filled in. Refers to a resolved expression, which must outlive it and stay in place.
struct BoundPath {
  const Path* path;
  const Bindings* bindings;

  /// The attribute of the item in which the path begins.
  [[nodiscard]] std::string_view top_level() const;
  [[nodiscard]] bool is_nested() const { return path->elements.size() > 1; }
};

/// As messages print paths: `[a, [0], b]`.
[[nodiscard]] std::string to_message_text(const BoundPath& path);

}  // namespace millrace::expression
