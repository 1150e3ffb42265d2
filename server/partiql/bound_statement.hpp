// A statement together with its parameters: values are whole, operands are checked, and what takes no schema is
// lowered to what server/plan and server/expression have. Lowering the rest is lowering.hpp's.
#pragma once

#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/update.hpp"
#include "server/model/attribute_value.hpp"
#include "server/partiql/syntax/ast.hpp"
#include "server/plan/item_projection.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::partiql {

/// A value of its own, as the next.
struct BoundSelect {
  Source from;
  plan::ItemProjection projection;
  std::optional<expression::ResolvedCondition> where;
  std::vector<OrderKey> order;
};

/// INSERT, UPDATE, DELETE, and EXISTS, which is a condition check.
struct BoundWrite {
  plan::ItemWrite::Kind kind{plan::ItemWrite::Kind::kPut};
  Source target;
  std::shared_ptr<const plan::ItemWrite> insert;  ///< of a put: it takes no schema
  std::optional<expression::ResolvedUpdate> update;
  std::optional<expression::ResolvedCondition> where;
  Returning returning{Returning::kNothing};
  bool failure_shows_item{false};  ///< the caller's to set; an INSERT never does
};

using BoundStatement = std::variant<BoundSelect, BoundWrite>;

/// Errors: ValidationExceptions. The number of parameters comes first, then values (sets, names, nesting, an item that
/// is too large), then the operands of conditions and assignments; all of them before the table is looked for.
[[nodiscard]] Result<BoundStatement> bind(const Statement& statement, std::vector<model::AttributeValue> parameters);

/// The table or index that it is about.
const Source& source_of(const BoundStatement& statement);

}  // namespace millrace::partiql
