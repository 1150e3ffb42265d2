// The items of transactions that are under way: those whose writes have been made and not committed. Whoever else comes
// for one of them in the meantime is told so, as on AWS (API reference, 3.12); by the time of the next group they are
// no longer.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "server/base/api_error.hpp"
#include "server/model/table_definition.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::plan {

/// TransactionConflictException, for a write that is no transaction.
inline ApiError transaction_conflict() {
  return {ErrorKind::kTransactionConflict, "Transaction is ongoing for the item"};
}

/// Inside the gate only.
class OngoingTransactions {
 public:
  /// A transaction of this group writes, or has checked, the row.
  void add(storage::Ticket group, model::KeyspaceId keyspace, std::string_view row_key) {
    if (std::exchange(group_, group) != group) rows_.clear();
    rows_.emplace(keyspace, row_key);
  }

  /// Whether any transaction of this group is under way: for who need not know its rows otherwise.
  [[nodiscard]] bool any(storage::Ticket group) const { return group == group_ && !rows_.empty(); }
  [[nodiscard]] bool contains(storage::Ticket group, model::KeyspaceId keyspace, std::string_view row_key) const {
    return any(group) && rows_.contains(std::pair{keyspace, std::string{row_key}});
  }

 private:
  storage::Ticket group_{0};
  std::set<std::pair<model::KeyspaceId, storage::EncodedKey>> rows_;
};

}  // namespace millrace::plan
