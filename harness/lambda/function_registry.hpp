// All functions: their definitions (documents in storage, mirrored in memory) and the invokers behind them.
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

#include "harness/lambda/code_store.hpp"
#include "harness/lambda/external_functions.hpp"
#include "harness/lambda/function_definition.hpp"
#include "harness/lambda/function_reference.hpp"
#include "harness/lambda/invoker.hpp"
#include "harness/lambda/lambda_services.hpp"
#include "harness/lambda/retirable_invoker.hpp"

namespace millrace::lambda {

class FunctionRegistry final : public InvokerDirectory {
 public:
  FunctionRegistry(LambdaServices services, CodeStore code);
  /// Ends all managed processes and answers what was still running with kServiceError.
  ~FunctionRegistry() override;

  /// Kills what functions of earlier runs have left running, and reads the functions from the database: once, at the
  /// start. Errors: kCorrupt when a document makes no sense.
  StorageResult<void> load();

  /// Makes a function. Fills in its revision id, time of modification and, if it has none, a role. The ticket is the
  /// group that its document is part of. Errors: ResourceConflictException when the name is taken;
  /// InvalidParameterValueException when the code cannot be run (an unknown handler, a port that is in use, no such
  /// path); InternalServerError.
  struct Created {
    FunctionDefinition definition;
    storage::Ticket ticket{0};
  };
  Result<Created> create(FunctionDefinition definition);

  /// Makes the function of a command line flag, in place of one of the same name.
  Result<void> put(FunctionDefinition definition);

  /// To be called when the group of create() was lost: the function goes again.
  void undo_create(const FunctionDefinition& created);

  /// Removes a function: its waiting invocations fail, those that run come to their own end, and its processes with
  /// them. Its uploaded code stays until finish_remove(). Errors: ResourceNotFoundException.
  struct Removed {
    FunctionDefinition definition;
    storage::Ticket ticket{0};
  };
  Result<Removed> remove(std::string_view name);
  /// To be called when the group of remove() is committed: deletes the uploaded code.
  void finish_remove(const FunctionDefinition& removed);
  /// To be called when the group of remove() was lost: the function is there again.
  void undo_remove(FunctionDefinition removed);

  [[nodiscard]] std::optional<FunctionDefinition> definition(std::string_view name) const;
  /// The function that is meant, in the version that is meant. Errors: ResourceNotFoundException with its ARN, for a
  /// version or an alias that does not exist too: there is only $LATEST.
  [[nodiscard]] Result<FunctionDefinition> require(const FunctionReference& function) const;
  /// At most `most` functions with names after `after`, in alphabetical order.
  [[nodiscard]] std::vector<FunctionDefinition> list(std::string_view after, std::size_t most) const;

  std::shared_ptr<Invoker> find(std::string_view function_name) override;

  /// The program is about to end: fails every invocation that no process has begun, now and from now on. Those that run
  /// go on.
  void end_waiting();

  /// Registers who is told, on the creator's thread or an I/O thread, that a function can be called now: it was made,
  /// or a process has attached to one that had none. For whoever waits to retry. Set before requests are served.
  void on_created(std::function<void(std::string_view name)> listener) { *created_listener_ = std::move(listener); }

  /// Unpacked uploads.
  [[nodiscard]] CodeStore& code() { return code_; }
  /// The functions whose processes somebody else starts: what a shared RuntimeApiListener serves.
  [[nodiscard]] ExternalFunctions& external_functions() { return external_; }
  [[nodiscard]] const LambdaServices& services() const { return services_; }
  /// Reads the names of functions in requests.
  [[nodiscard]] const FunctionResolver& resolver() const { return resolver_; }

 private:
  /// What is behind a function.
  struct Runnable {
    std::shared_ptr<Invoker> invoker{};            ///< what callers use: faults, and behind them the function
    std::shared_ptr<RetirableInvoker> function{};  ///< the function alone
  };
  struct Entry {
    FunctionDefinition definition;
    Runnable runnable;  ///< empty while the function is made, and when it cannot be run
  };

  /// Adds a function that is stored; one that cannot be run stays known and cannot be called.
  void add(FunctionDefinition definition);
  /// Lets what runs of a function that has been taken out come to its end.
  void retire(const FunctionDefinition& definition, const Runnable& runnable);
  /// Takes the function out, if there is one.
  std::optional<Entry> take(std::string_view name);
  Result<Runnable> make_runnable(const FunctionDefinition& definition);
  Result<storage::Ticket> make_and_store(const FunctionDefinition& definition);

  LambdaServices services_;
  FunctionResolver resolver_{services_.options.account};
  std::shared_ptr<std::function<void(std::string_view)>> created_listener_{
      std::make_shared<std::function<void(std::string_view)>>()};
  CodeStore code_;
  ExternalFunctions external_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::vector<std::shared_ptr<RetirableInvoker>> retired_;  ///< of functions that are gone, while they are busy
};

}  // namespace millrace::lambda
