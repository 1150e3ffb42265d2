// A transfer that is being carried out, as a state machine that neither waits nor knows where objects lie: a step, in
// the gate, does a portion of the work and says what it wishes next; whoever drives it fulfils the wish, outside of the
// gate, and comes again with the answer.
//
// How far a transfer has come lies in the database, in the transaction of each step. So a mover may be dropped at any
// time, as when the group of a step is lost, and another one goes on.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "server/base/result.hpp"
#include "server/storage/budget.hpp"
#include "server/storage/group_commit.hpp"

namespace millrace::transfers {

// --- Wishes ---

/// To come again.
struct Again {};
/// Nothing more.
struct Over {};
/// To have something computed that takes long: of what the mover holds for itself, on any thread, before the next step.
struct Compute {
  std::function<void()> work;
};
struct PutObject {
  std::string bucket;
  std::string key;
  std::string bytes;
};
/// A portion of an object; the answer is its bytes.
struct GetObject {
  std::string bucket;
  std::string key;
  std::uint64_t offset{0};
  std::size_t at_most{0};
};
/// A page of the objects whose keys begin with `prefix`, from behind the key `after`; the answer is a FoundObjects.
struct ListObjects {
  std::string bucket;
  std::string prefix;
  std::string after;
};
using Wish = std::variant<Again, Over, Compute, PutObject, GetObject, ListObjects>;

// --- Answers ---

struct FoundObject {
  std::string key;
  std::uint64_t size{0};
};
using FoundObjects = std::vector<FoundObject>;
/// The store has refused for good: how descriptions tell it (`S3NoSuchBucket`).
struct StoreFailure {
  std::string code;
  std::string message;
};
/// The first: done.
using StoreAnswer = std::variant<std::monostate, std::string, FoundObjects, StoreFailure>;

class Mover {
 public:
  Mover() = default;
  Mover(const Mover&) = delete;
  Mover& operator=(const Mover&) = delete;
  virtual ~Mover() = default;

  /// What the next step, with that answer, is going to do.
  [[nodiscard]] virtual storage::Access access(const StoreAnswer& answer) const = 0;
  /// Within such an entry, whose group is `group`: as much as `budget` allows. `answer` is the one to the wish before.
  /// Errors: the transaction is lost, and the mover with it.
  virtual StorageResult<Wish> step(const storage::Budget& budget, StoreAnswer answer, storage::Ticket group) = 0;
};

}  // namespace millrace::transfers
