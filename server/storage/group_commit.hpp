// The gate in front of storage: one operation at a time, and the writes of concurrent requests in one transaction.
//
// An operation enters, works and leaves; the transaction that the first writer opened stays open until flush(). An
// answer may leave the process only once everything it saw or wrote is committed: that is what the ticket is for.
// No Asio here: the asynchronous shell (server/engine) is asked to call flush() soon, a test flushes on leaving.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <vector>

#include "server/storage/storage.hpp"

namespace millrace::storage {

/// Number of a group of writes. Tickets grow; 0 means "nothing to wait for".
using Ticket = std::uint64_t;

enum class Access : std::uint8_t { kRead, kWrite };

class GroupCommit {
 public:
  /// `request_flush` is called, without the lock, whenever a group was opened; it arranges for flush().
  /// Both arguments outlive the gate.
  GroupCommit(Storage& storage, std::function<void()> request_flush);

  /// Right to use storage. Leaving is the destructor. An operation that leaves by an exception may have written half
  /// of what belongs together: the whole group is then rolled back, and its flush() reports an error.
  class Entry {
   public:
    Entry(Entry&&) = delete;
    Entry& operator=(Entry&&) = delete;
    ~Entry();

    /// The group whose commit the answer must wait for, or 0 when no group was open.
    [[nodiscard]] Ticket ticket() const { return ticket_; }
    /// Set when the transaction could not be opened; nothing may be written then.
    [[nodiscard]] const StorageResult<void>& status() const { return status_; }

    /// Leaves and enters anew, behind everybody who waits: between two portions of what is long and need not be atomic.
    /// Everything may have changed meanwhile, and the ticket is another one if the group has been flushed. Errors: that
    /// group was lost, or no transaction could be opened; status() then says so, too.
    StorageResult<void> let_others_in();

   private:
    friend class GroupCommit;
    Entry(GroupCommit& gate, Access access);
    void begin();
    GroupCommit& gate_;
    std::unique_lock<std::mutex> lock_;
    Access access_;
    int exceptions_on_entry_;
    Ticket ticket_{0};
    bool opened_{false};
    StorageResult<void> status_;
  };

  /// Waits for the lock; with kWrite also opens the group's transaction when none is open.
  [[nodiscard]] Entry enter(Access access);

  /// Commits the open group, if any, and tells the listener. Callable from any thread, never while holding an Entry.
  /// The outcome holds for every ticket up to the returned one.
  struct Flushed {
    Ticket up_to{0};
    StorageResult<void> outcome;
  };
  Flushed flush();

  /// Called after each successful commit, outside the lock, with the logs that got records. Set before the first write.
  using CommitListener = std::function<void(const std::vector<LogId>& logs)>;
  void on_commit(CommitListener listener) { listener_ = std::move(listener); }

  /// Called within flush() when a group was lost, still inside the gate: nobody enters before it returns, so whoever
  /// keeps in memory what storage holds loads it anew here, and nobody sees what was rolled back. It may read storage,
  /// and must not enter the gate itself. Set before the first write.
  void on_lost(std::function<void()> listener) { lost_listener_ = std::move(listener); }

  /// Called within flush() when a group was committed, still inside the gate: nobody enters before it returns, so what
  /// is changed in memory then agrees with what is committed, no more and no less. It must not enter the gate itself,
  /// nor call what may. Set before the first write.
  void on_stored(std::function<void()> listener) { stored_listener_ = std::move(listener); }

  /// Notes, during a write entry, that `log` got a record.
  void touch(LogId log);

  [[nodiscard]] Storage& storage() { return storage_; }

  /// Asks those who can wait not to enter for writing: the log of the storage begins anew only when a checkpoint ends
  /// without a commit beside it. Nobody is kept out who enters all the same. Any thread.
  void hold_writes(bool hold) { holds_writes_.store(hold, std::memory_order_release); }
  /// Whether that is asked for. Any thread; costs nothing.
  [[nodiscard]] bool holds_writes() const { return holds_writes_.load(std::memory_order_acquire); }

 private:
  /// Taken in the order of asking, unlike a mutex, which who has just left may well get again before one that waits.
  [[nodiscard]] std::unique_lock<std::mutex> lock();

  Storage& storage_;
  std::function<void()> request_flush_;
  CommitListener listener_;
  std::function<void()> lost_listener_;
  std::function<void()> stored_listener_;
  std::atomic<bool> holds_writes_{false};
  std::mutex next_;  ///< held by the one who gets mutex_ next
  std::mutex mutex_;
  Ticket last_ticket_{0};
  Ticket last_lost_{0};
  bool open_{false};
  bool abandoned_{false};  ///< an operation of the open group threw
  std::vector<LogId> touched_;
};

}  // namespace millrace::storage
