// The request of TransactWriteItems, checked up to the table lookup (API reference, 3.12): constraints of all members
// first, then one member after the other, the first problem wins (additions, row 18).
#pragma once

#include <vector>

#include "server/api/items/transact_write.hpp"
#include "server/base/result.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/json/document.hpp"

namespace millrace::api {

struct TransactWriteRequest {
  std::vector<TransactedWrite> members;
  TransactionTerms terms;
};

/// Reads and checks everything that needs no table.
Result<TransactWriteRequest> parse_transact_write(expression::ExpressionCache& expressions, const json::Object& body);

}  // namespace millrace::api
