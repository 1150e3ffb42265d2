// Writes, or reads, of several items of which all happen or none (API reference, 3.12). As the plan of one write
// (item_write.hpp) a transaction has two halves: prepare_transaction() makes every check of every member, and applying
// has nothing left to refuse.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/base/api_error.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/plan/context/context.hpp"
#include "server/plan/item_write.hpp"
#include "server/storage/key_encoding.hpp"

namespace millrace::plan {

/// The most that the items of a transaction may have together: those that are read, or written and not deleted.
inline constexpr std::size_t kMaxTransactionBytes = std::size_t{4} << 20U;
/// ValidationException: they have more.
[[nodiscard]] ApiError transaction_too_large();

/// Why a member keeps its transaction from happening, or that it does not.
struct CancellationReason {
  std::string_view code{"None"};  ///< a literal
  std::string message{};
  std::string item_json{};  ///< the item that a condition failed for, if its member asks for it
};
/// TransactionCanceledException. One reason for each member, in their order.
[[nodiscard]] ApiError transaction_cancelled(std::span<const CancellationReason> reasons);
/// The same when member `at` of `count` is the only one with a reason.
[[nodiscard]] ApiError transaction_cancelled(std::size_t count, std::size_t at, CancellationReason reason);
/// The reason of a member whose item is part of another transaction.
[[nodiscard]] CancellationReason conflict();
/// One member: which item of which table. Refers to its write, or to the key of what it reads, which stays in place.
struct TransactionMember {
  catalog::TablePointer table;
  const ItemWrite* write;
};

/// A member whose row is known, and no other member's.
struct LocatedMember {
  const TransactionMember* member;
  storage::EncodedKey row_key;
};

/// Finds the rows. Errors: a table whose replicas are never apart, which AWS lets have no transactions; a key with an
/// empty or too large value; two members on one item; otherwise
/// TransactionCanceledException because of the first member whose key does not fit its table or an index.
[[nodiscard]] Result<std::vector<LocatedMember>> locate_transaction(std::span<const TransactionMember> members);

/// Refuses what reads the items of a transaction that is under way. Errors: TransactionCanceledException.
[[nodiscard]] Result<void> check_no_conflict(const ReadContext& context, std::span<const LocatedMember> members);

/// Refuses what reads tables without throughput. Errors: TransactionCanceledException.
[[nodiscard]] Result<void> admit_transaction_read(const ReadContext& context, std::span<const LocatedMember> members);

/// Every check, and no write. Errors: TransactionCanceledException. A member that can never be carried out is told of
/// alone; conditions that fail, and conflicts, are told of together. Too many bytes. The world's errors when reading.
/// When the items that are met have more than `most_bytes` it stops, and returns fewer writes than there are members.
[[nodiscard]] Result<std::vector<PreparedWrite>> prepare_transaction(const ReadContext& context,
                                                                     std::span<const LocatedMember> members,
                                                                     std::size_t most_bytes);

}  // namespace millrace::plan
