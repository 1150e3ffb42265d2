// Fills the Bindings of an AST from the placeholders of a request. Internal to server/expression.
#pragma once

#include <string_view>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"

namespace millrace::expression {

class Binder {
 public:
  /// Refers to `table` and `placeholders`.
  Binder(ExpressionKind kind, const PlaceholderTable& table, Placeholders& placeholders);
  /// Of an AST without placeholders, the values of whose slots are known: there is nothing left to look up.
  Binder(ExpressionKind kind, const PlaceholderTable& table, Bindings bound);

  /// Binds whatever the operand mentions, from left to right; the first undefined placeholder is the error.
  Result<void> bind(const Operand& operand);
  /// Binds every name, or every value, of the expression.
  Result<void> bind_names();
  Result<void> bind_values();

  [[nodiscard]] const Bindings& bindings() const { return bindings_; }
  /// What was bound, together with what keeps it alive.
  [[nodiscard]] Bindings take();

 private:
  Result<void> bind_name(std::size_t slot);
  Result<void> bind_value(std::size_t slot);

  ExpressionKind kind_;
  const PlaceholderTable& table_;
  Placeholders* placeholders_{nullptr};  // null when all is bound
  Bindings bindings_;                    // an unbound name has no data(), an unbound value is null
};

/// Checks every path against every other (reference 5.4): overlaps anywhere are reported before conflicts.
Result<void> check_paths_apart(ExpressionKind kind, std::span<const BoundPath> paths);

}  // namespace millrace::expression
