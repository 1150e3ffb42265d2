// Updates. Oracle: what parses prints and parses to the same AST again; neither resolving nor applying it throws; and
// the result is the same each time, with the item before untouched.
#include <memory>
#include <string_view>

#include "harness/fuzz/expression_world.hpp"
#include "harness/fuzz/fuzz_target.hpp"
#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/print.hpp"
#include "server/expression/update.hpp"

namespace {

using namespace millrace;

void check(std::string_view text) {
  auto parsed = expression::parse_update(text);
  if (parsed.has_error()) return;
  const std::string printed = expression::to_text(*parsed);
  if (printed.size() <= expression::kMaxExpressionBytes) {
    const auto again = expression::parse_update(printed);
    fuzz::require(again.has_value(), "a printed update parses");
    fuzz::require(*again == *parsed, "a printed update parses to the same AST");
  }

  auto placeholders = fuzz::bind_all(parsed->placeholders);
  const auto resolved =
      expression::resolve_update(std::make_shared<const expression::UpdateAst>(std::move(*parsed)), placeholders);
  if (resolved.has_error()) return;
  fuzz::require(placeholders.check_all_used().has_value(), "resolving uses every placeholder");
  const auto before = fuzz::stored_item();
  const auto after = expression::apply(*resolved, before, expression::ItemState::kExists);
  fuzz::require(before == fuzz::stored_item(), "the item before is untouched");
  if (after.has_value()) {
    const auto again = expression::apply(*resolved, before, expression::ItemState::kExists);
    fuzz::require(again.has_value() && *again == *after, "an update is a function of the item");
    static_cast<void>(expression::touched_attributes(*resolved, *after));
  }
  static_cast<void>(expression::touched_attributes(*resolved, before));
  static_cast<void>(expression::apply(*resolved, model::Item{}, expression::ItemState::kMissing));
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  check({reinterpret_cast<const char*>(data), size});
}
