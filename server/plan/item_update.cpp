#include "server/plan/item_update.hpp"

#include <utility>

#include "server/base/wording.hpp"
#include "server/plan/item_keys.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::plan {
namespace {

ApiError too_large() { return base::validation_error("Item size to update has exceeded the maximum allowed size"); }

Result<void> check_targets(const expression::ResolvedUpdate& update, const model::TableDefinition& table) {
  TRY(expression::check_key_targets(update, table.key_schema));
  for (const auto& index : table.indexes) {
    TRY(expression::check_index_key_targets(update, index.key_schema));
    for (const auto* part : {&index.key_schema.hash, &index.key_schema.range}) {
      for (const auto& attribute : *part) {
        const auto* literal = expression::literal_assigned_to(update, attribute.name);
        if (literal != nullptr) TRY(check_index_key_type(index, attribute, *literal));
      }
    }
  }
  return {};
}

}  // namespace

Result<void> check_statement(const expression::ResolvedUpdate& update, const model::TableDefinition& table) {
  TRY(check_targets(update, table));
  if (!expression::is_statement_within(update, kMaxItemBytes)) return too_large();
  return {};
}

Result<std::optional<model::Item>> updated_item(const expression::ResolvedUpdate* update,
                                                const model::TableDefinition& table, const model::Item* before,
                                                const model::Item& key) {
  const bool has_actions = update != nullptr && !update->ast->actions.empty();
  if (before == nullptr && has_actions && update->is_delete_only()) return std::optional<model::Item>{};
  const model::Item& base_item = before != nullptr ? *before : key;
  std::optional<model::Item> after;
  if (has_actions) {
    const auto state = before != nullptr ? expression::ItemState::kExists : expression::ItemState::kMissing;
    TRY_ASSIGN(after, expression::apply(*update, base_item, state, kMaxItemBytes));
    TRY(check_updated_index_keys(table, base_item, *after));
    if (auto nested = expression::check_nesting(*after); nested.has_error()) {
      return base::in_wording(Wording::kEnveloped, std::move(nested).error());
    }
  } else {
    after = base_item;
  }
  return after;
}

Result<void> check_updated_size(std::size_t size) {
  if (size > kMaxItemBytes) return too_large();
  return {};
}

}  // namespace millrace::plan
