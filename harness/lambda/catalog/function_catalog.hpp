// All functions of the database, of every account and region, in memory, each mirrored in a document. It knows which
// functions there are, not what runs behind them (live_functions.hpp).
//
// A name is taken from the moment its creation begins until its removal is committed: whoever makes a function tells at
// once whether it can have the name, whatever becomes of the others' changes.
//
// Threads: as Storage, only inside a storage::GroupCommit entry (a write entry for create, put and remove). Definitions
// are immutable and may leave the entry.
// Transactions: changes are written in the caller's transaction, so that functions can be made together with tables and
// mappings. When it is committed, committed() is called, and load() when it is lost: inside the gate
// (Engine::on_stored, Engine::on_lost).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "harness/lambda/catalog/function_index.hpp"
#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "server/base/result.hpp"
#include "server/storage/storage.hpp"

namespace millrace::lambda {

using FunctionPointer = std::shared_ptr<const FunctionDefinition>;

/// ResourceConflictException: the name is taken.
ApiError function_exists(const std::string& name);

/// What a commit has brought about for one function.
struct FunctionChange {
  FunctionKey key;
  FunctionPointer now;  ///< null when it is gone
};

class FunctionCatalog {
 public:
  /// `storage` outlives the catalog. Documents of old formats that do not say whose a function is mean `home`.
  explicit FunctionCatalog(storage::Storage& storage, model::Account home = {});

  /// Reads every function from the database: once at the start, and again when a group with changes was lost. Errors:
  /// kCorrupt when a document makes no sense.
  StorageResult<void> load();

  /// Whether no function has the name, nor is about to have it, nor has it until its removal is committed.
  [[nodiscard]] bool is_free(const FunctionKey& key) const { return functions_.find(key) == nullptr; }

  /// Adds a function. Errors: ResourceConflictException when its name is not free; InternalServerError.
  Result<void> create(FunctionPointer function);
  /// Adds a function, or replaces the one that has its name.
  StorageResult<void> put(FunctionPointer function);
  /// Replaces a function by what `edit` makes of it. Errors: ResourceNotFoundException, also while its removal is not
  /// committed; InternalServerError.
  Result<void> change(const FunctionReference& function, const std::function<void(FunctionDefinition&)>& edit);
  /// Errors: ResourceNotFoundException; ResourceConflictException while another removal is not committed;
  /// InternalServerError.
  Result<void> remove(const FunctionReference& function);

  /// The function that is meant, with all changes of the open group, or null.
  [[nodiscard]] FunctionPointer find(const FunctionReference& function) const;
  /// Every function, in the order in which they were made or last replaced.
  [[nodiscard]] std::vector<FunctionPointer> all() const;

  /// The open group is committed. What that has changed, in the order of the changes.
  std::vector<FunctionChange> committed();

 private:
  struct Entry {
    FunctionPointer committed{};  ///< null: nobody sees it before the commit
    FunctionPointer now{};        ///< null: removed, which may still be lost
  };

  StorageResult<void> write(const FunctionDefinition& function);

  storage::Storage& storage_;
  const model::Account home_;
  FunctionIndex<Entry> functions_;
  std::vector<FunctionKey> changed_;  ///< in the open group; one may be there twice
};

}  // namespace millrace::lambda
