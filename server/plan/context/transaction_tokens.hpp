// The ClientRequestTokens of TransactWriteItems (API reference, 3.12): what has happened under a token in the last ten
// minutes is not done again, not even by a client that asks again after a crash of the server. They are written with
// what they stand for, in its transaction.
//
// A token is a row of a keyspace of its own. Every ten minutes a new keyspace begins, and the one before the last is
// dropped: nobody looks for what has expired, and what is kept does not grow with the age of the database.
//
// Threads: as Storage, only inside a storage::GroupCommit entry. After a lost group load() reads again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/caller.hpp"
#include "server/storage/storage.hpp"

namespace millrace::plan {

class TransactionTokens {
 public:
  /// For how long a token is remembered.
  static constexpr Duration kLifetime = std::chrono::minutes{10};

  /// `storage` outlives the tokens.
  explicit TransactionTokens(storage::Storage& storage) : storage_{storage} {}

  /// Finds the keyspaces: once at the start, and again after a group was lost. Errors: kCorrupt.
  StorageResult<void> load();

  /// The fingerprint of the request that came with the token and was carried out, within kLifetime before `now`.
  [[nodiscard]] StorageResult<std::optional<std::string>> find(const model::Account& account, std::string_view token,
                                                               TimePoint now) const;
  /// Remembers it from `now` on, in the caller's transaction.
  StorageResult<void> remember(const model::Account& account, std::string_view token, std::string_view fingerprint,
                               TimePoint now);

 private:
  struct Keyspaces {
    model::KeyspaceId current{0};
    TimePoint since{};                            ///< when the current one began
    std::optional<model::KeyspaceId> previous{};  ///< whose tokens may still be remembered
  };
  StorageResult<void> begin_keyspace(TimePoint now);

  storage::Storage& storage_;
  std::optional<Keyspaces> keyspaces_;  ///< none before the first token
};

}  // namespace millrace::plan
