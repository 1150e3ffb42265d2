// The functions that are live: those whose making is committed and whose removal is not, with what runs behind them.
// Requests, mappings and Events look for functions here, so nobody sees or calls what may still be lost.
//
// It follows the catalog: what changes a function makes the change there, inside the gate, and has no more to do here.
// A commit makes live what was made, and retires what was removed or replaced; a lost group leaves everything as it is.
//
// Threads: the I/O thread, or before it runs. What is immutable may be asked for by any thread, and says so.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/lambda/catalog/function_catalog.hpp"
#include "harness/lambda/catalog/function_index.hpp"
#include "harness/lambda/control/code_store.hpp"
#include "harness/lambda/invocation/invoker_directory.hpp"
#include "harness/lambda/retired_functions.hpp"
#include "harness/lambda/runtimes/external_functions.hpp"
#include "harness/lambda/runtimes/runnable.hpp"
#include "harness/lambda/sandbox/lambda_services.hpp"
#include "server/base/first_sightings.hpp"

namespace millrace::lambda {

class PreparedFunction;

class LiveFunctions final : public InvokerDirectory {
 public:
  /// `catalog` and what `services` refers to outlive this.
  LiveFunctions(FunctionCatalog& catalog, LambdaServices services, CodeStore code);
  /// Ends all managed processes and answers what was still running with kServiceError. The code of functions that were
  /// removed is gone then.
  ~LiveFunctions() override;

  /// Kills what functions of earlier runs have left running, and makes those of the catalog, which is loaded: once,
  /// before anything is changed. One that cannot be run stays known and cannot be called. Uploaded code that no
  /// function names goes, later, off the I/O thread.
  void start();

  /// Makes what is behind a function before its definition is stored, so that what is wrong with it is known while the
  /// request can still be refused. Fills in its revision id, time of modification and, if it has none, a role.
  /// Errors: InvalidParameterValueException when the code cannot be run (an unknown handler, a port that is in use);
  /// its uploaded code goes then.
  Result<PreparedFunction> prepare(FunctionDefinition definition);

  /// Makes the function of a command line flag, in place of one of the same name, and commits that. Before requests are
  /// served. Uploaded code of the other one stays until the next start. Errors: as prepare(); InternalServerError.
  Result<void> put(FunctionDefinition definition);

  /// Makes live what the group that was just committed has changed in the catalog: inside the gate, for each commit
  /// (Engine::on_stored). What was not prepared is made now, and cannot be called if that fails.
  void committed();

  /// The live function that is meant, or null.
  [[nodiscard]] FunctionPointer definition(const FunctionReference& function) const;
  /// Errors: ResourceNotFoundException with its ARN, for a version or an alias that does not exist too.
  [[nodiscard]] Result<FunctionPointer> require(const FunctionReference& function) const;
  /// At most `most` live functions of `account` with names after `after`, in alphabetical order.
  [[nodiscard]] std::vector<FunctionPointer> list(const model::Account& account, std::string_view after,
                                                  std::size_t most) const;

  std::shared_ptr<Invoker> find(const FunctionReference& function) override;

  /// The program is about to end: fails every invocation that no process has begun, now and from now on. Those that run
  /// go on.
  void end_waiting();

  /// Registers who is told, from a handler of its own, that a function can be called now: it has become live, or a
  /// process has attached to one that had none. For whoever waits to retry. Set before requests are served.
  void on_callable(std::function<void(const FunctionKey&)> listener) { *callable_listener_ = std::move(listener); }

  /// Unpacked uploads. Any thread.
  [[nodiscard]] const CodeStore& code() const { return *code_; }
  /// The functions whose processes somebody else starts: what a shared RuntimeApiListener serves.
  [[nodiscard]] ExternalFunctions& external_functions() { return external_; }
  /// Any thread.
  [[nodiscard]] const LambdaServices& services() const { return services_; }

 private:
  friend class PreparedFunction;

  struct Live {
    FunctionPointer definition;
    Runnable runnable;
  };
  /// Prepared, and not committed.
  struct Unclaimed;

  /// Has the code of uploads removed that none of the functions has.
  void discard_orphans(const std::vector<FunctionPointer>& functions);
  [[nodiscard]] RunnableParts parts() const;
  /// What was prepared of the function, or else is made now.
  Runnable runnable_of(const FunctionDefinition& function);
  void go_live(const FunctionPointer& function);
  /// Takes a function out of those that can be found. What runs of it comes to its own end, and then its code goes, if
  /// `folder` names any.
  void retire(const FunctionKey& key, std::string folder);
  void follow(const FunctionChange& change);
  /// The live function, or null: then it is logged, once, when there is one in another account or region.
  [[nodiscard]] const Live* find_live(const FunctionReference& function) const;
  void tell_if_elsewhere(const FunctionKey& key) const;

  FunctionCatalog& catalog_;
  const LambdaServices services_;
  const std::shared_ptr<std::function<void(const FunctionKey&)>> callable_listener_{
      std::make_shared<std::function<void(const FunctionKey&)>>()};
  const std::shared_ptr<const CodeStore> code_;
  RetiredFunctions retired_{services_.io, code_, services_.run_work};
  ExternalFunctions external_;
  FunctionIndex<Live> functions_;
  const std::shared_ptr<Unclaimed> unclaimed_;
  mutable base::FirstSightings told_;
};

/// A function that can be run and that is nobody's yet: keep it until the fate of its definition is known. It becomes
/// live when its definition is committed; if it is not by the time this goes, nothing is left of it, and its uploaded
/// code goes, too.
class PreparedFunction {
 public:
  PreparedFunction(PreparedFunction&&) noexcept = default;
  PreparedFunction& operator=(PreparedFunction&&) = delete;
  ~PreparedFunction();

  /// What to store.
  [[nodiscard]] const FunctionPointer& definition() const { return definition_; }

 private:
  friend class LiveFunctions;
  PreparedFunction(FunctionPointer definition, std::weak_ptr<LiveFunctions::Unclaimed> unclaimed)
      : definition_{std::move(definition)}, unclaimed_{std::move(unclaimed)} {}

  FunctionPointer definition_;
  std::weak_ptr<LiveFunctions::Unclaimed> unclaimed_;
};

}  // namespace millrace::lambda
