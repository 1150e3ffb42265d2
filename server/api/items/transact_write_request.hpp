// The request of TransactWriteItems, checked up to the table lookup (API reference, 3.12): constraints of all members
// first, then one member after the other, the first problem wins (additions, row 18).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/base/result.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/json/document.hpp"
#include "server/model/table_reference.hpp"
#include "server/plan/item_write.hpp"

namespace millrace::api {

inline constexpr std::size_t kMaxTransactionMembers = 100;

struct TransactWriteRequest {
  struct Member {
    model::TableReference table;
    plan::ItemWrite write;
  };
  std::vector<Member> members;
  std::optional<std::string> token;
  /// Of what is asked for, whatever the answer is to tell of its cost: equal requests have equal ones. Only with a
  /// token.
  std::string fingerprint;

  // What the answer tells.
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  bool wants_collection_metrics{false};
};

/// Reads and checks everything that needs no table.
Result<TransactWriteRequest> parse_transact_write(expression::ExpressionCache& expressions, const json::Object& body);

}  // namespace millrace::api
