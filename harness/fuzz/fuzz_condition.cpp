// Conditions of every kind. Oracle: what parses prints and parses to the same AST again, and neither resolving nor
// evaluating nor translating it to key terms throws.
#include <memory>
#include <string_view>

#include "harness/fuzz/expression_world.hpp"
#include "harness/fuzz/fuzz_target.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/key_condition.hpp"
#include "server/expression/search_condition.hpp"
#include "server/expression/syntax/parser.hpp"
#include "server/expression/syntax/print.hpp"

namespace {

using namespace millrace;

void check(expression::ExpressionKind kind, std::string_view text) {
  auto parsed = expression::parse_condition(kind, text);
  if (parsed.has_error()) return;
  const std::string printed = expression::to_text(*parsed);
  if (printed.size() <= expression::kMaxExpressionBytes) {
    const auto again = expression::parse_condition(kind, printed);
    fuzz::require(again.has_value(), "a printed condition parses");
    fuzz::require(*again == *parsed, "a printed condition parses to the same AST");
  }

  auto placeholders = fuzz::bind_all(parsed->placeholders);
  const auto resolved =
      expression::resolve_condition(std::make_shared<const expression::ConditionAst>(std::move(*parsed)), placeholders);
  if (resolved.has_error()) return;
  fuzz::require(placeholders.check_all_used().has_value(), "resolving uses every placeholder");
  static const auto item = fuzz::stored_item();
  static_cast<void>(expression::evaluate(*resolved, &item));
  static_cast<void>(expression::evaluate(*resolved, nullptr));
  static_cast<void>(expression::top_level_attributes(*resolved));

  static_cast<void>(expression::translate_search_condition(*resolved));

  const auto terms = expression::translate_key_condition(*resolved);
  if (terms.has_error()) return;
  const model::KeySchema schema{{{"a", model::AttributeType::kS}}, {{"d", model::AttributeType::kN}}};
  const auto bound = expression::bind_key_condition(*terms, schema);
  if (bound.has_value()) static_cast<void>(expression::range_matches(*bound, item));
}

}  // namespace

void millrace::fuzz::try_input(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const auto kind : {expression::ExpressionKind::kCondition, expression::ExpressionKind::kFilter,
                          expression::ExpressionKind::kKeyCondition, expression::ExpressionKind::kSearchCondition}) {
    check(kind, text);
  }
}
