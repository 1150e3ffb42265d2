// Transactions that write, whoever words them (TransactWriteItems, ExecuteTransaction): what both halves of their plan
// do (API reference, 3.12). All members are checked in one entry into the gate and written in the same.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/api/items/consumed_capacity.hpp"
#include "server/api/operation.hpp"
#include "server/base/result.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_reference.hpp"
#include "server/plan/item_write.hpp"
#include "server/plan/transaction.hpp"

namespace millrace::api {

inline constexpr std::size_t kMaxTransactionMembers = 100;
inline constexpr std::size_t kMaxTokenCharacters = 36;  ///< of ClientRequestToken

/// What a request says of a transaction beside its members.
struct TransactionTerms {
  std::optional<std::string> token;
  /// Of what is asked for, whatever the answer is to tell of its cost: equal requests have equal ones. Only with a
  /// token.
  std::string fingerprint;

  // What the answer tells.
  CapacityDetail capacity_detail{CapacityDetail::kNone};
  bool wants_collection_metrics{false};
};

/// A member whose table has not been looked for.
struct TransactedWrite {
  model::TableReference table;
  plan::ItemWrite write;
};

/// What is to be done: the writes, or nothing, as it has been done before.
struct PreparedTransaction {
  std::vector<plan::TransactionMember> members;
  std::vector<plan::LocatedMember> located;
  std::vector<plan::PreparedWrite> writes;   ///< empty of a replay
  std::vector<plan::ConsumedCapacity> read;  ///< of a replay, one per table
  const model::Account* account{nullptr};    ///< whose token it is
};

/// What a transaction cost.
struct TransactionCapacity {
  CapacityDetail detail{CapacityDetail::kNone};
  CapacityKind kind{CapacityKind::kWrite};
  std::vector<plan::ConsumedCapacity> tables;  ///< in the order of their first use

  /// Writes the member `ConsumedCapacity`, unless it is not asked for.
  void write(json::ObjectWriter& answer) const;
};

/// Whether so many members are too many for the I/O thread.
constexpr bool is_long_transaction(std::size_t members) {
  constexpr std::size_t kMany = 12;
  return members > kMany;
}

/// Before the gate: a transaction is long by the number of its rows, or by what they hold. Asks for another lane, or
/// looks into large items already, which are then read once more inside.
void judge_transaction_ahead(OperationContext& context, std::span<const TransactedWrite> members);

/// Every check. The writes of the members outlive what is prepared. Errors: those of plan::prepare_transaction() and of
/// the token.
Result<PreparedTransaction> prepare_transaction(const PrepareContext& context,
                                                std::vector<plan::TransactionMember> members,
                                                const TransactionTerms& terms);

/// Writes it all, and remembers that it is under way and its token.
StorageResult<TransactionCapacity> apply_transaction(const plan::WriteContext& context, const TransactionTerms& terms,
                                                     PreparedTransaction prepared);

}  // namespace millrace::api
