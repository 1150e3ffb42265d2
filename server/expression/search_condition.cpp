#include "server/expression/search_condition.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "server/expression/syntax/parser_core.hpp"
#include "server/expression/terms/document_path.hpp"
#include "server/expression/terms/function_checks.hpp"

namespace millrace::expression {
namespace {

ApiError invalid_search_operator() {
  return expression_error(ExpressionKind::kSearchCondition, "Invalid operator used in SearchConditionExpression");
}

class SearchTranslator {
 public:
  explicit SearchTranslator(const Bindings& bindings) : bindings_{bindings} {}

  // The depth of conditions is bounded by the number of operators.
  Result<void> translate(const Condition& condition) {
    return std::visit([this](const auto& alternative) { return add(alternative); }, condition.node);
  }

  std::vector<SearchTerm> take() { return std::move(terms_); }

 private:
  Result<void> add(const Logical& logical) {
    if (logical.op != LogicalOperator::kAnd) return invalid_search_operator();
    for (const auto& condition : logical.conditions) TRY(translate(condition));
    return {};
  }
  Result<void> add(const Between&) { return invalid_search_operator(); }
  Result<void> add(const In&) { return invalid_search_operator(); }
  Result<void> add(const FunctionCall&) { return invalid_search_operator(); }

  Result<void> add(const Comparison& comparison) {
    if (comparison.comparator != Comparator::kEqual) {
      return expression_error(ExpressionKind::kSearchCondition, "Invalid comparator used in SearchConditionExpression");
    }
    const Path* path = std::get_if<Path>(&comparison.left.node);
    const auto* value = literal_of(path != nullptr ? comparison.right : comparison.left, bindings_);
    if (path == nullptr) path = std::get_if<Path>(&comparison.right.node);
    if (path == nullptr || value == nullptr) {
      return base::validation_error("SearchConditionExpression conditions must compare an attribute with a value");
    }
    if (path->elements.size() > 1) {
      return base::validation_error("SearchConditionExpression cannot have conditions on nested attributes");
    }
    const auto name = name_at(path->elements.front(), bindings_);
    if (std::ranges::find(terms_, name, &SearchTerm::attribute) != terms_.end()) {
      return base::validation_error("SearchConditionExpression must only contain one condition per attribute");
    }
    terms_.push_back({std::string{name}, *value});
    return {};
  }

  const Bindings& bindings_;
  std::vector<SearchTerm> terms_;
};

}  // namespace

Result<std::vector<SearchTerm>> translate_search_condition(const ResolvedCondition& condition) {
  SearchTranslator translator{condition.bindings};
  TRY(translator.translate(condition.ast->root));
  return translator.take();
}

}  // namespace millrace::expression
