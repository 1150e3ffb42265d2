// What an update comes to: the checks of UpdateItem that are not those of every write (API reference, 3.7).
#pragma once

#include <cstddef>
#include <optional>

#include "server/base/result.hpp"
#include "server/expression/update.hpp"
#include "server/model/attribute_value.hpp"
#include "server/model/table_definition.hpp"

namespace millrace::plan {

/// What the schema forbids before the item is read: targets that are keys, literals that are no index keys, a statement
/// that is too large.
Result<void> check_statement(const expression::ResolvedUpdate& update, const model::TableDefinition& table);

/// The item after the update, or empty when the update makes none: REMOVE and DELETE alone do not. `before` is the
/// stored item, or null; `key` is that of the item. Errors: 5.6, index keys of the result, its nesting. Its size is the
/// caller's to check.
Result<std::optional<model::Item>> updated_item(const expression::ResolvedUpdate* update,
                                                const model::TableDefinition& table, const model::Item* before,
                                                const model::Item& key);

/// Errors: an item of `size` bytes is too large.
Result<void> check_updated_size(std::size_t size);

}  // namespace millrace::plan
