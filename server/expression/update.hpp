// Updates: static checks, then item before -> item after, and what ReturnValues needs.
//
// Not here: the size of the result, index key types of the result, and creating the item or not; the operation decides
// those with what this header tells it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "server/base/result.hpp"
#include "server/expression/syntax/ast.hpp"
#include "server/expression/syntax/placeholders.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/key_schema.hpp"

namespace millrace::expression {

/// Which parameter asked: it decides the text of a type mismatch, only AttributeUpdates may ADD lists, and only the
/// statement of an UpdateExpression has a size of its own.
enum class UpdateParameter : std::uint8_t { kUpdateExpression, kAttributeUpdates, kStatement };

/// An update that is ready to be applied. A value of its own: it keeps what it was resolved with.
struct ResolvedUpdate {
  std::shared_ptr<const UpdateAst> ast;
  Bindings bindings;
  UpdateParameter parameter{UpdateParameter::kUpdateExpression};

  /// Only REMOVE and DELETE: on a missing item such an update creates nothing and returns no Attributes (3.7).
  [[nodiscard]] bool is_delete_only() const;
};

/// Binds the placeholders of `ast` and checks, over the whole expression one after the other: undefined names,
/// undefined values, overlapping paths, conflicting paths, operands of ADD and DELETE, operands of functions
/// (reference 5.3).
[[nodiscard]] Result<ResolvedUpdate> resolve_update(std::shared_ptr<const UpdateAst> ast, Placeholders& placeholders);
/// The same of an AST without placeholders, the values of whose slots are known: that of a statement.
[[nodiscard]] Result<ResolvedUpdate> resolve_update(std::shared_ptr<const UpdateAst> ast, Bindings bound);

enum class ItemState : std::uint8_t { kExists, kMissing };

/// The item after the update. Every operand reads `before`; `before` is untouched. For a missing item pass its key and
/// kMissing: the result then holds the key too.
/// A result that is certain to be larger than `limit` may be incomplete: one text can assign a large value to a hundred
/// places, and the work ends where the values assigned so far are too many.
/// Errors: the run-time ValidationExceptions of reference 5.6, and number errors of 4.1.
[[nodiscard]] Result<model::Item> apply(const ResolvedUpdate& update, const model::Item& before, ItemState state,
                                        std::size_t limit = SIZE_MAX);

/// The paths that the update names, cut out of `item`: of the item before for UPDATED_OLD, after for UPDATED_NEW (3.7).
/// An empty result means that the answer has no Attributes.
[[nodiscard]] model::Item touched_attributes(const ResolvedUpdate& update, const model::Item& item);

/// What the update writes to, in the order of the text. Valid while `update` stays in place.
[[nodiscard]] std::vector<BoundPath> target_paths(const ResolvedUpdate& update);

/// Refuses a key attribute of the table as a target, and a path into one (reference 3.7).
[[nodiscard]] Result<void> check_key_targets(const ResolvedUpdate& update, const model::KeySchema& table_key);
/// Refuses a path into a key attribute of an index; the attribute itself may be a target.
[[nodiscard]] Result<void> check_index_key_targets(const ResolvedUpdate& update, const model::KeySchema& index_key);

/// The value of the request that the update assigns to the top-level `attribute` as it stands (`SET attribute = :v`),
/// or null. Its type can be checked against an index key before the item is read (3.4).
[[nodiscard]] const model::AttributeValue* literal_assigned_to(const ResolvedUpdate& update,
                                                               std::string_view attribute);

/// True when the statement itself counts no more than `limit` bytes: AWS charges every action for its target, its
/// operators and functions and its values, whatever the item holds (3.7). AttributeUpdates and PartiQL count nothing.
[[nodiscard]] bool is_statement_within(const ResolvedUpdate& update, std::size_t limit);

/// "Nesting Levels have exceeded supported limits: …" when a value of the result nests deeper than 32 (4.5).
[[nodiscard]] Result<void> check_nesting(const model::Item& after);

}  // namespace millrace::expression
