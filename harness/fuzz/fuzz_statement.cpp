// PartiQL statements of every kind. Oracle: what parses and binds is lowered and evaluated without an exception; a
// write has the whole key; what is one item by find_item() is one item as a page, too.
#include <memory>
#include <string_view>
#include <vector>

#include "harness/fuzz/expression_world.hpp"
#include "harness/fuzz/fuzz_target.hpp"
#include "server/partiql/lowering.hpp"
#include "server/partiql/syntax/parser.hpp"
#include "server/plan/item_keys.hpp"

namespace {

using namespace millrace;

const model::KeySchema kSchema{{{"a", model::AttributeType::kS}}, {{"d", model::AttributeType::kN}}};

plan::ReadTarget target() {
  auto entry = std::make_shared<catalog::TableEntry>();
  entry->definition.key_schema = kSchema;
  return {std::move(entry)};
}

/// One for each `?`, of every type in turn.
std::vector<model::AttributeValue> parameters_of(const partiql::Statement& statement) {
  expression::PlaceholderTable table;
  for (std::size_t n = 0; n < statement.parameters; ++n) table.values.push_back(":v" + std::to_string(n));
  auto placeholders = fuzz::bind_all(table);
  std::vector<model::AttributeValue> parameters;
  for (const auto& name : table.values) parameters.push_back(*placeholders.use_value(name));
  return parameters;
}

void check(const partiql::BoundWrite& write, const model::Item& item) {
  const auto lowered = partiql::lower(write, kSchema);
  static_cast<void>(partiql::is_item_condition(write, kSchema));
  if (lowered.has_error()) return;
  const auto& item_write = **lowered;
  if (!write.insert) {
    fuzz::require(item_write.item().find("a") != nullptr && item_write.item().find("d") != nullptr &&
                      item_write.item().size() == 2,
                  "a write has its whole key");
  }
  if (item_write.condition) {
    static_cast<void>(expression::evaluate(*item_write.condition, &item));
    const bool makes = expression::evaluate(*item_write.condition, nullptr);
    fuzz::require(!makes || item_write.kind() == plan::ItemWrite::Kind::kDelete, "only DELETE is content with no item");
  }
  if (item_write.update) {
    static_cast<void>(expression::apply(*item_write.update, item, expression::ItemState::kExists, plan::kMaxItemBytes));
  }
}

void check(const partiql::BoundSelect& select, const model::Item& item) {
  const auto selection = partiql::lower(select, target());
  const bool is_item = partiql::find_item(select, kSchema).has_value();
  if (selection.has_error()) return;
  fuzz::require(!is_item || selection->is_one_item, "an item is an item");
  fuzz::require(!selection->ranges.empty(), "something is read");
  if (selection->read.filter) static_cast<void>(expression::evaluate(*selection->read.filter, &item));
  if (selection->read.projection) static_cast<void>(expression::project(*selection->read.projection, item));
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  const auto statement = partiql::parse_statement(text);
  if (statement.has_error()) return;
  const auto bound = partiql::bind(*statement, parameters_of(*statement));
  if (bound.has_error()) return;
  static const auto item = fuzz::stored_item();
  std::visit([](const auto& alternative) { check(alternative, item); }, *bound);
}
