// What transactions leave behind: their tokens, and for a moment that they are under way. One of each a database.
#pragma once

#include "server/plan/context/ongoing_transactions.hpp"
#include "server/plan/context/transaction_tokens.hpp"

namespace millrace::plan {

/// Inside the gate only.
struct Transactions {
  /// `storage` outlives it.
  explicit Transactions(storage::Storage& storage) : tokens{storage} {}

  TransactionTokens tokens;
  OngoingTransactions ongoing{};
};

}  // namespace millrace::plan
