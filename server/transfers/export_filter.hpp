// FilterSpecification of an export: which items are exported, and what of them.
#pragma once

#include <optional>
#include <string_view>

#include "server/base/result.hpp"
#include "server/expression/condition.hpp"
#include "server/expression/projection.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/json/document.hpp"
#include "server/model/key_schema.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::transfers {

struct ExportFilter {
  std::optional<expression::ResolvedCondition> condition;
  std::optional<expression::ResolvedProjection> projection;
  storage::KeyRange rows;  ///< that the key condition leaves

  [[nodiscard]] bool looks_at_items() const { return condition || projection; }
};

/// Errors: those of Query's expressions.
Result<ExportFilter> read_export_filter(expression::ExpressionCache& expressions, const json::Object& specification,
                                        const model::KeySchema& schema);
/// The same of its text, which has been read once; empty: everything.
Result<ExportFilter> parse_export_filter(expression::ExpressionCache& expressions, std::string_view specification,
                                         const model::KeySchema& schema);

}  // namespace millrace::transfers
