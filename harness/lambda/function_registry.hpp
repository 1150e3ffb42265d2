// All functions, of every account and region, each known by its ARN: their definitions (documents in storage, mirrored
// in memory) and the invokers behind them.
//
// Nobody sees a change before it is committed: a function that is being made cannot be found, but its name is taken;
// one that is being removed is there, and serves, until its removal is committed.
//
// Threads: every method may be called from any I/O thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/lambda/control/code_store.hpp"
#include "harness/lambda/control/function_definition.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "harness/lambda/invocation/invoker_directory.hpp"
#include "harness/lambda/invocation/retirable_invoker.hpp"
#include "harness/lambda/retired_functions.hpp"
#include "harness/lambda/runtimes/external_functions.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"
#include "server/base/first_sightings.hpp"

namespace millrace::lambda {

/// ResourceConflictException: the name is taken.
ApiError function_exists(const std::string& name);

class FunctionRegistry final : public InvokerDirectory {
 public:
  FunctionRegistry(LambdaServices services, CodeStore code);
  /// Ends all managed processes and answers what was still running with kServiceError. The code of functions that were
  /// removed is gone then.
  ~FunctionRegistry() override;

  /// Kills what functions of earlier runs have left running, and reads the functions from the database: once, at the
  /// start. Uploaded code that no function names goes, later, off the I/O thread. Errors: kCorrupt when a document
  /// makes no sense.
  StorageResult<void> load();

  /// Makes a function that nobody sees before finish_create(). Fills in its revision id, time of modification and, if
  /// it has none, a role. The ticket is the group that its document is part of. Errors: ResourceConflictException when
  /// the name is taken, be it by a function that is being made or removed; InvalidParameterValueException when the code
  /// cannot be run (an unknown handler, a port that is in use, no such path); InternalServerError.
  struct Created {
    FunctionDefinition definition;
    storage::Ticket ticket{0};
  };
  Result<Created> create(FunctionDefinition definition);
  /// To be called when the group of create() is committed: the function is there.
  void finish_create(const FunctionDefinition& created);
  /// To be called when the group of create() was lost: it never was. Its uploaded code goes.
  void undo_create(const FunctionDefinition& created);

  /// Makes the function of a command line flag, in place of one of the same name. Before requests are served: waits for
  /// no commit. Uploaded code of the other one stays until the next start.
  Result<void> put(FunctionDefinition definition);

  /// Removes a function, which goes on until finish_remove(). Errors: ResourceNotFoundException;
  /// ResourceConflictException while another removal is not committed.
  struct Removed {
    FunctionDefinition definition;
    storage::Ticket ticket{0};
  };
  Result<Removed> remove(const FunctionReference& function);
  /// To be called when the group of remove() is committed: the function is gone. Its waiting invocations fail, those
  /// that run come to their own end, its processes with them, and then its uploaded code goes.
  void finish_remove(const FunctionDefinition& removed);
  /// To be called when the group of remove() was lost: nothing has happened.
  void undo_remove(const FunctionDefinition& removed);

  /// Whether no function has the ARN, nor is about to have it.
  [[nodiscard]] bool is_free(std::string_view arn) const;
  /// Removes the code of an upload that became no function, later and off the I/O thread.
  void discard_code(std::string folder) { retired_.discard(std::move(folder)); }

  [[nodiscard]] std::optional<FunctionDefinition> definition(std::string_view arn) const;
  /// The function that is meant, in the version that is meant. Errors: ResourceNotFoundException with its ARN, for a
  /// version or an alias that does not exist too: there is only $LATEST.
  [[nodiscard]] Result<FunctionDefinition> require(const FunctionReference& function) const;
  /// At most `most` functions of `account` with names after `after`, in alphabetical order.
  [[nodiscard]] std::vector<FunctionDefinition> list(const model::Account& account, std::string_view after,
                                                     std::size_t most) const;

  std::shared_ptr<Invoker> find(const FunctionReference& function) override;

  /// The program is about to end: fails every invocation that no process has begun, now and from now on. Those that run
  /// go on.
  void end_waiting();

  /// Registers who is told, on the creator's thread or an I/O thread, that a function can be called now: it was made,
  /// or a process has attached to one that had none. For whoever waits to retry. Set before requests are served.
  void on_created(std::function<void(const FunctionKey&)> listener) { *created_listener_ = std::move(listener); }

  /// Unpacked uploads.
  [[nodiscard]] const CodeStore& code() const { return *code_; }
  /// The functions whose processes somebody else starts: what a shared RuntimeApiListener serves.
  [[nodiscard]] ExternalFunctions& external_functions() { return external_; }
  [[nodiscard]] const LambdaServices& services() const { return services_; }

 private:
  /// What is behind a function.
  struct Runnable {
    std::shared_ptr<Invoker> invoker{};            ///< what callers use: faults, and behind them the function
    std::shared_ptr<RetirableInvoker> function{};  ///< the function alone
    std::shared_ptr<RuntimeEndpoint> external{};   ///< the function again, when others start its processes
  };
  /// While it is made or removed, an entry belongs to whoever does that: nobody else changes it.
  enum class Phase : std::uint8_t { kBeingMade, kServing, kBeingRemoved };
  struct Entry {
    FunctionDefinition definition;
    Runnable runnable{};  ///< empty while the function is made, and when it cannot be run
    Phase phase{Phase::kBeingMade};
  };
  /// By ARN: those of one account in one region follow each other, in the order of their names.
  using Entries = std::map<std::string, Entry, std::less<>>;

  /// Adds a function that is stored; one that cannot be run stays known and cannot be called.
  void add(FunctionDefinition definition);
  /// Has the code of uploads removed that none of the functions has.
  void discard_orphans(const std::vector<FunctionDefinition>& definitions);
  /// Takes out a function that is being made or removed, and frees its name.
  Runnable take(const FunctionDefinition& function);
  /// Lets what runs of a function that has been taken out come to its end; then its code, if any, goes with it.
  void retire(const Runnable& runnable, std::string folder);
  /// The function that others may see, or null. With the lock held.
  [[nodiscard]] const Entry* find_visible(std::string_view arn) const;
  /// Logs, once, that a function that was not found is in another account or region. With the lock held.
  void tell_if_elsewhere(std::string_view arn) const;
  Result<Runnable> make_runnable(const FunctionDefinition& definition);
  /// Under which name external_ has the function.
  [[nodiscard]] std::string runtime_name(const FunctionDefinition& function) const {
    return runtime_name_of(function, services_.options.worlds.home);
  }
  Result<storage::Ticket> make_and_store(const FunctionDefinition& definition);
  Result<storage::Ticket> erase_document(std::string_view arn);

  LambdaServices services_;
  std::shared_ptr<std::function<void(const FunctionKey&)>> created_listener_{
      std::make_shared<std::function<void(const FunctionKey&)>>()};
  std::shared_ptr<const CodeStore> code_;
  RetiredFunctions retired_{services_.io, code_, services_.run_work};
  ExternalFunctions external_;
  mutable std::mutex mutex_;
  Entries entries_;
  mutable base::FirstSightings told_;
};

}  // namespace millrace::lambda
