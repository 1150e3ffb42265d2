// The transfers of one kind that a database knows, in memory, each mirrored in two documents: what was asked for, which
// stays, and how far it has come, which is written with every portion of the work and in its transaction.
//
// Threads: as Storage, only inside a storage::GroupCommit entry; what it hands out is immutable and may leave.
// Transactions: begin() and update() write in the caller's. When it is lost, load() reads again.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/arn.hpp"
#include "server/model/caller.hpp"
#include "server/storage/storage.hpp"

namespace millrace::transfers {

/// For how long a request with the same ClientToken is the same request, and for how long a transfer is told of.
inline constexpr Duration kTokenLifetime = std::chrono::hours{8};
inline constexpr Duration kTransfersKept = std::chrono::hours{24 * 90};

/// What every request has. `Request` adds kDocuments (the kind of its documents), to_document(const Request&) and
/// from_document(text, Request&); so does `State`, which adds is_over().
struct TransferRequest {
  std::string arn;
  std::string table_arn;
  std::string table_id;
  std::optional<std::string> token;  ///< ClientToken
  std::string fingerprint;           ///< of the request, to tell it from others with its token
  TimePoint started{};
};

template <class Request, class State>
class TransferCatalog {
 public:
  struct Entry {
    std::shared_ptr<const Request> request;
    State state;
  };
  using Pointer = std::shared_ptr<const Entry>;

  /// `storage` outlives the catalog.
  explicit TransferCatalog(storage::Storage& storage) : storage_{storage} {}

  /// Reads them all: once at the start, and again after a group was lost. Errors: kCorrupt.
  StorageResult<void> load() {
    std::map<std::string, std::string, std::less<>> states;
    const auto scanned_states = storage_.scan_documents(
        State::kDocuments, [&](std::string_view name, std::string_view text) { states.emplace(name, text); });
    if (scanned_states.has_error()) return scanned_states.error();
    std::optional<StorageError> failure;
    std::map<std::string, Pointer, std::less<>> loaded;
    const auto scanned =
        storage_.scan_documents(Request::kDocuments, [&](std::string_view name, std::string_view text) {
          Request request;
          State state;
          const auto told = states.find(name);
          auto read = from_document(text, request);
          if (read.has_value()) read = from_document(told == states.end() ? std::string_view{} : told->second, state);
          if (read.has_error()) failure = std::move(read).error();
          loaded.emplace(name, std::make_shared<const Entry>(
                                   Entry{std::make_shared<const Request>(std::move(request)), std::move(state)}));
        });
    if (scanned.has_error()) return scanned.error();
    if (failure) return *std::move(failure);
    entries_ = std::move(loaded);
    return {};
  }

  /// Adds one. Forgets some that were over more than kTransfersKept ago.
  StorageResult<Pointer> begin(Request request, State state) {
    if (auto pruned = prune(request.started - kTransfersKept); pruned.has_error()) return pruned.error();
    const std::string arn = request.arn;
    if (auto written = storage_.write_document(Request::kDocuments, arn, to_document(request)); written.has_error()) {
      return written.error();
    }
    if (auto written = storage_.write_document(State::kDocuments, arn, to_document(state)); written.has_error()) {
      return written.error();
    }
    auto entry =
        std::make_shared<const Entry>(Entry{std::make_shared<const Request>(std::move(request)), std::move(state)});
    entries_.insert_or_assign(arn, entry);
    return Pointer{entry};
  }

  /// Precondition: there is one with that ARN.
  StorageResult<Pointer> update(const std::string& arn, State state) {
    if (auto written = storage_.write_document(State::kDocuments, arn, to_document(state)); written.has_error()) {
      return written.error();
    }
    Pointer& entry = entries_.at(arn);
    entry = std::make_shared<const Entry>(Entry{entry->request, std::move(state)});
    return Pointer{entry};
  }

  /// Null when there is none.
  [[nodiscard]] Pointer find(std::string_view arn) const {
    const auto found = entries_.find(arn);
    return found == entries_.end() ? nullptr : found->second;
  }
  /// The same of those that `caller` sees.
  [[nodiscard]] Pointer find(const model::Caller& caller, std::string_view arn) const {
    return is_of(caller, arn) ? find(arn) : nullptr;
  }
  /// The one that was begun with `token` within kTokenLifetime before `now`, or null.
  [[nodiscard]] Pointer find_token(const model::Caller& caller, std::string_view token, TimePoint now) const {
    for (const auto& [arn, entry] : entries_) {
      const auto& request = *entry->request;
      if (request.token == token && request.started + kTokenLifetime > now && is_of(caller, arn)) return entry;
    }
    return nullptr;
  }

  /// Those of the caller's world that are told of and for which `wanted` holds, the newest first: at most `limit`, from
  /// behind the one with the ARN `after` (empty: from the first).
  [[nodiscard]] std::vector<Pointer> list(const model::Caller& caller, TimePoint now, std::string_view after,
                                          std::size_t limit, const std::function<bool(const Entry&)>& wanted) const {
    const auto is_newer = [](const Pointer& left, const Pointer& right) {
      return std::pair{left->request->started, left->request->arn} >
             std::pair{right->request->started, right->request->arn};
    };
    const Pointer last = after.empty() ? nullptr : find(after);
    std::vector<Pointer> found;
    for (const auto& [arn, entry] : entries_) {
      if (entry->request->started + kTransfersKept <= now || !is_of(caller, arn) || !wanted(*entry)) continue;
      if (last == nullptr || is_newer(last, entry)) found.push_back(entry);
    }
    std::ranges::sort(found, is_newer);
    if (found.size() > limit) found.resize(limit);
    return found;
  }

  /// All that are not over, by ARN.
  [[nodiscard]] std::vector<Pointer> unfinished() const {
    std::vector<Pointer> found;
    for (const auto& [arn, entry] : entries_) {
      if (!entry->state.is_over()) found.push_back(entry);
    }
    return found;
  }

 private:
  [[nodiscard]] static bool is_of(const model::Caller& caller, std::string_view arn) {
    const auto parts = model::parse_transfer_arn(arn);
    return parts && caller.is_meant_by(parts->region, parts->account_id);
  }

  StorageResult<void> prune(TimePoint before) {
    constexpr int kMostAtOnce = 16;
    std::vector<std::string> old;
    for (const auto& [arn, entry] : entries_) {
      if (old.size() < kMostAtOnce && entry->state.is_over() && entry->request->started < before) old.push_back(arn);
    }
    for (const auto& arn : old) {
      for (const auto kind : {Request::kDocuments, State::kDocuments}) {
        if (auto erased = storage_.erase_document(kind, arn); erased.has_error()) return erased;
      }
      entries_.erase(arn);
    }
    return {};
  }

  storage::Storage& storage_;
  std::map<std::string, Pointer, std::less<>> entries_;
};

}  // namespace millrace::transfers
