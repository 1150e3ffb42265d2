// The conditions of a WHERE of which all must hold, and those among them that say which keys are meant. Internal to
// server/partiql.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "server/expression/condition.hpp"
#include "server/expression/key_condition.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/key_schema.hpp"

namespace millrace::partiql {

/// Refers to the WHERE it was made of. What is taken is not in the rest any more.
class Conjuncts {
 public:
  explicit Conjuncts(const std::optional<expression::ResolvedCondition>& where);

  /// Takes `attribute = value`; null when no condition says that. Of several the first is taken.
  const model::AttributeValue* take_equality(std::string_view attribute);
  /// Takes `attribute IN (values)`; empty when no condition says that.
  std::vector<const model::AttributeValue*> take_in(std::string_view attribute);
  /// Takes what a key condition may say of the attribute, an equality if there is one.
  std::optional<expression::KeyTerm> take_key_term(std::string_view attribute);

  /// Takes an equality for each attribute of the key; empty, and nothing is taken, unless there is one for each.
  std::optional<model::Item> take_key(const std::vector<model::KeyAttribute>& attributes);

  /// What is left; empty when nothing is.
  [[nodiscard]] std::optional<expression::ResolvedCondition> rest() const;
  /// The same, for an item that exists: `attribute_exists(key) AND rest`. `key` is an attribute of the table's key.
  [[nodiscard]] expression::ResolvedCondition rest_of_existing(std::string_view key) const;
  /// The same, for an item unless it does not exist: `attribute_not_exists(key) OR rest`; empty when nothing is left.
  [[nodiscard]] std::optional<expression::ResolvedCondition> rest_unless_missing(std::string_view key) const;

 private:
  void flatten(const expression::Condition& condition);
  [[nodiscard]] const model::AttributeValue* equality_on(const expression::Condition& condition,
                                                         std::string_view attribute) const;
  [[nodiscard]] expression::ResolvedCondition resolved(expression::Condition root) const;
  [[nodiscard]] std::optional<expression::Condition> conjunction() const;

  expression::Bindings bindings_;
  std::vector<const expression::Condition*> conditions_;  ///< those that are not taken, in the order of the text
};

}  // namespace millrace::partiql
