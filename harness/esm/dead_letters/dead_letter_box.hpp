// Where records go that mappings have given up: whatever a destination says, here they can be looked at, delivered
// again and removed.
//
// Letters are rows of a keyspace, their events of another, so that a list need not read what it does not show; which
// there are is in memory. What is too old or too much goes, the oldest first, and is counted.
//
// Threads: as Storage, only inside a storage::GroupCommit entry (a write entry for what changes anything). When a group
// is lost, load() again.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/dead_letters/dead_letter.hpp"

namespace millrace::esm {

/// What is kept at most.
struct LetterLimits {
  std::size_t letters{10'000};
  std::uint64_t bytes{std::uint64_t{64} << 20U};
  Duration age{std::chrono::days{14}};  ///< emulated: as long as a queue can keep a message
};

struct LetterQuery {
  std::string mapping{};                                  ///< UUID; empty: of all mappings
  LetterId before{std::numeric_limits<LetterId>::max()};  ///< only older ones: `next` of the page before
  std::size_t limit{100};
};

struct ListedLetter {
  DeadLetter letter;
  std::string event{};  ///< empty: not kept
};

struct LetterPage {
  std::vector<ListedLetter> letters{};  ///< newest first; beyond the first, kMaxLetterPageBytes at most
  LetterId next{0};                     ///< `before` of the next page
  bool more{false};
};

inline constexpr std::size_t kMaxLettersPerPage = 1000;
inline constexpr std::size_t kMaxLetterPageBytes = std::size_t{1} << 20U;

class DeadLetterBox {
 public:
  /// `storage` outlives the box.
  explicit DeadLetterBox(storage::Storage& storage, LetterLimits limits = {}) : storage_{storage}, limits_{limits} {}

  /// Reads which letters there are. Errors: kCorrupt.
  StorageResult<void> load();

  /// Keeps a letter, and returns it with its id. One about the same records of the same mapping, which a crash before
  /// their checkpoint has made come again, is replaced. Makes room, a bounded number of letters at a time.
  StorageResult<DeadLetter> put(DeadLetter letter, std::string_view event, TimePoint now);
  /// Empty: it is gone.
  [[nodiscard]] StorageResult<std::optional<ListedLetter>> read(LetterId id) const;
  /// Stores what has become of a letter; one that is gone stays gone.
  StorageResult<void> update(const DeadLetter& letter);
  /// Removes a letter; one that is gone is no error.
  StorageResult<void> erase(LetterId id);
  /// Whether trim() has anything to do.
  [[nodiscard]] bool has_old_letters(TimePoint now) const;
  /// Removes what is too old by now, a bounded number at a time.
  StorageResult<void> trim(TimePoint now);

  [[nodiscard]] StorageResult<LetterPage> list(const LetterQuery& query) const;
  /// All of a mapping (empty: of all), oldest first.
  [[nodiscard]] std::vector<LetterId> ids_of(std::string_view mapping) const;
  /// How many there are of each mapping that has any.
  [[nodiscard]] std::map<std::string, std::size_t, std::less<>> count_by_mapping() const;
  /// Those on their way to a destination, oldest first.
  [[nodiscard]] std::vector<LetterId> pending() const;
  [[nodiscard]] bool contains(LetterId id) const { return entries_.contains(id); }

  [[nodiscard]] std::size_t size() const { return entries_.size(); }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_; }
  /// How many had to make room, or were too old, since the database was made.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] const LetterLimits& limits() const { return limits_; }

 private:
  struct Entry {
    std::string mapping;
    std::string records;  ///< which records it is about, as a text
    TimePoint given_up_at{};
    std::uint64_t bytes{0};
    bool pending{false};
  };
  struct Keyspaces {
    storage::KeyspaceId letters{};
    storage::KeyspaceId events{};
  };

  StorageResult<void> make_keyspaces();
  StorageResult<void> note_state();
  StorageResult<void> drop_excess(TimePoint now);
  void enter(const DeadLetter& letter, std::uint64_t bytes);

  storage::Storage& storage_;
  const LetterLimits limits_;
  std::optional<Keyspaces> keyspaces_;  // made with the first letter
  std::map<LetterId, Entry> entries_;
  std::map<std::string, LetterId, std::less<>> by_records_;
  std::uint64_t bytes_{0};
  std::uint64_t dropped_{0};
};

}  // namespace millrace::esm
