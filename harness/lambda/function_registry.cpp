#include "harness/lambda/function_registry.hpp"

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "harness/lambda/code_location.hpp"
#include "harness/lambda/external_function.hpp"
#include "harness/lambda/faulty_invoker.hpp"
#include "harness/lambda/in_process_invoker.hpp"
#include "harness/lambda/managed_function.hpp"
#include "harness/lambda/process_marker.hpp"

namespace millrace::lambda {
namespace {

ApiError bad_parameter(std::string message) { return {ErrorKind::kLambdaInvalidParameterValue, std::move(message)}; }

}  // namespace

FunctionRegistry::FunctionRegistry(LambdaServices services, CodeStore code)
    : services_{std::move(services)}, code_{std::move(code)} {}

FunctionRegistry::~FunctionRegistry() {
  for (auto& [name, entry] : entries_) {
    if (entry.runnable.function) entry.runnable.function->close();
  }
  for (const auto& function : retired_) function->close();
  external_.close();
}

StorageResult<void> FunctionRegistry::load() {
  if (const int killed = kill_leftovers(); killed > 0) {
    spdlog::warn("killed {} process(es) of functions that an earlier run had left behind", killed);
  }
  std::vector<FunctionDefinition> definitions;
  std::optional<StorageError> damaged;
  {
    const auto gate = services_.gate.enter(storage::Access::kRead);
    auto scanned =
        services_.gate.storage().scan_documents(kFunctionDocuments, [&](std::string_view name, std::string_view text) {
          if (auto definition = from_document(text)) {
            definitions.push_back(*std::move(definition));
          } else {
            damaged = StorageError{StorageErrorKind::kCorrupt, "function " + std::string{name} + " cannot be read"};
          }
        });
    if (scanned.has_error()) return scanned;
  }
  if (damaged) return *std::move(damaged);
  // In the order in which they were made: the bare address of the Runtime API means the first external one.
  std::ranges::stable_sort(definitions, {}, &FunctionDefinition::last_modified);
  for (auto& definition : definitions) {
    add(std::move(definition));
  }
  return {};
}

void FunctionRegistry::add(FunctionDefinition definition) {
  auto runnable = make_runnable(definition);
  if (runnable.has_error()) {
    // A port that is taken today, a handler of an earlier build: the function stays known and cannot be called.
    spdlog::warn("[{}] cannot be run: {}", definition.name, runnable.error().message);
  }
  std::string name = definition.name;
  Entry entry{std::move(definition), runnable.has_value() ? *std::move(runnable) : Runnable{}};
  const std::scoped_lock lock{mutex_};
  entries_.insert_or_assign(std::move(name), std::move(entry));
}

Result<FunctionRegistry::Runnable> FunctionRegistry::make_runnable(const FunctionDefinition& definition) {
  const FunctionCode& code = definition.code;
  Runnable runnable;
  const auto manage = [&](const std::filesystem::path& path, bool watch) {
    runnable.function = std::make_shared<ManagedFunction>(services_, definition, CodeLocation{path}, watch);
  };
  switch (code.kind) {
    case CodeKind::kZip: manage(code_.path_of(code.location), false); break;
    case CodeKind::kHotReload:
      // The path may be filled later, so this is no error.
      if (const auto problem = CodeLocation{code.location}.problem()) {
        spdlog::warn("[{}] cannot start yet: {}: {}", definition.name,
                     CodeLocation{code.location}.executable().string(), *problem);
      }
      manage(code.location, true);
      break;
    case CodeKind::kInProcess: {
      const handler::Function* function = services_.handlers.find(code.location);
      if (function == nullptr) {
        return bad_parameter(fmt::format("No handler called {} is linked into this program. There are: {}",
                                         code.location, fmt::join(services_.handlers.names(), ", ")));
      }
      runnable.function = std::make_shared<InProcessInvoker>(services_, definition, *function);
      break;
    }
    case CodeKind::kExternal: {
      const auto external = std::make_shared<ExternalFunction>(services_, definition, external_,
                                                               [listener = created_listener_, name = definition.name] {
                                                                 if (*listener) (*listener)(name);
                                                               });
      if (const auto listening = external->listen(); listening.has_error()) {
        return bad_parameter(
            fmt::format("The Runtime API cannot listen on port {}: {}", code.port, listening.error().message()));
      }
      external_.add(definition.name, external);
      runnable.function = external;
      break;
    }
  }
  runnable.invoker =
      std::make_shared<FaultyInvoker>(runnable.function, services_.faults, services_.io, definition.timeout_seconds);
  return runnable;
}

Result<FunctionRegistry::Created> FunctionRegistry::create(FunctionDefinition definition) {
  if (definition.role.empty()) {
    definition.role = fmt::format("arn:aws:iam::{}:role/millrace", services_.options.account.id);
  }
  definition.revision_id = base::make_uuid(services_.random);
  definition.last_modified = services_.clock.now();
  {
    // Holds the name while the function is made; nobody can call it yet.
    const std::scoped_lock lock{mutex_};
    if (!entries_.try_emplace(definition.name, Entry{definition, {}}).second) {
      return ApiError{ErrorKind::kLambdaResourceConflict, "Function already exist: " + definition.name};
    }
  }
  auto created = make_and_store(definition);
  if (created.has_error()) {
    const std::scoped_lock lock{mutex_};
    entries_.erase(definition.name);
    return std::move(created).error();
  }
  if (*created_listener_) (*created_listener_)(definition.name);
  return Created{std::move(definition), *created};
}

Result<storage::Ticket> FunctionRegistry::make_and_store(const FunctionDefinition& definition) {
  TRY_ASSIGN(Runnable runnable, make_runnable(definition));
  const auto stored = [&]() -> Result<storage::Ticket> {
    const auto gate = services_.gate.enter(storage::Access::kWrite);
    if (gate.status().has_error()) return base::to_api_error(gate.status().error());
    TRY(services_.gate.storage().write_document(kFunctionDocuments, definition.name, to_document(definition)));
    return gate.ticket();
  }();
  if (stored.has_error()) {
    retire(definition, runnable);
    return stored;
  }
  const std::scoped_lock lock{mutex_};
  entries_.insert_or_assign(definition.name, Entry{definition, std::move(runnable)});
  return stored;
}

Result<void> FunctionRegistry::put(FunctionDefinition definition) {
  if (this->definition(definition.name)) {
    TRY_ASSIGN(const Removed replaced, remove(definition.name));
    finish_remove(replaced.definition);
  }
  TRY(create(std::move(definition)));
  return {};
}

void FunctionRegistry::undo_create(const FunctionDefinition& created) {
  const auto current = definition(created.name);
  if (!current || current->revision_id != created.revision_id) return;
  if (const auto entry = take(created.name)) retire(entry->definition, entry->runnable);
  finish_remove(created);
}

void FunctionRegistry::retire(const FunctionDefinition& definition, const Runnable& runnable) {
  if (!runnable.function) return;
  if (definition.code.kind == CodeKind::kExternal) external_.remove(definition.name);
  runnable.function->retire();
  const std::scoped_lock lock{mutex_};
  std::erase_if(retired_, [](const auto& function) { return !function->busy(); });
  if (runnable.function->busy()) retired_.push_back(runnable.function);
}

std::optional<FunctionRegistry::Entry> FunctionRegistry::take(std::string_view name) {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find(name);
  if (found == entries_.end()) return std::nullopt;
  Entry entry = std::move(found->second);
  entries_.erase(found);
  return entry;
}

Result<FunctionRegistry::Removed> FunctionRegistry::remove(std::string_view name) {
  // Taken out first: of several that remove it at once, one does.
  auto entry = take(name);
  if (!entry) return function_not_found(services_.options.account, {std::string{name}, {}});
  const auto erased = [&]() -> Result<storage::Ticket> {
    const auto gate = services_.gate.enter(storage::Access::kWrite);
    if (gate.status().has_error()) return base::to_api_error(gate.status().error());
    TRY(services_.gate.storage().erase_document(kFunctionDocuments, name));
    return gate.ticket();
  }();
  if (erased.has_error()) {
    const std::scoped_lock lock{mutex_};
    entries_.try_emplace(std::string{name}, *std::move(entry));
    return erased.error();
  }
  retire(entry->definition, entry->runnable);
  return Removed{std::move(entry->definition), *erased};
}

void FunctionRegistry::finish_remove(const FunctionDefinition& removed) {
  if (removed.code.kind == CodeKind::kZip) code_.remove(removed.code.location);
}

void FunctionRegistry::undo_remove(FunctionDefinition removed) {
  if (!definition(removed.name)) add(std::move(removed));
}

void FunctionRegistry::end_waiting() {
  const std::scoped_lock lock{mutex_};
  for (const auto& [name, entry] : entries_) {
    if (entry.runnable.function) entry.runnable.function->end_waiting();
  }
}

std::optional<FunctionDefinition> FunctionRegistry::definition(std::string_view name) const {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find(name);
  if (found == entries_.end()) return std::nullopt;
  return found->second.definition;
}

Result<FunctionDefinition> FunctionRegistry::require(const FunctionReference& function) const {
  auto found = function.means_latest() ? definition(function.name) : std::nullopt;
  if (!found) return function_not_found(services_.options.account, function);
  return *std::move(found);
}

std::vector<FunctionDefinition> FunctionRegistry::list(std::string_view after, std::size_t most) const {
  const std::scoped_lock lock{mutex_};
  std::vector<FunctionDefinition> definitions;
  for (auto entry = entries_.upper_bound(after); entry != entries_.end() && definitions.size() < most; ++entry) {
    definitions.push_back(entry->second.definition);
  }
  return definitions;
}

std::shared_ptr<Invoker> FunctionRegistry::find(std::string_view function_name) {
  const std::scoped_lock lock{mutex_};
  const auto found = entries_.find(function_name);
  return found == entries_.end() ? nullptr : found->second.runnable.invoker;
}

}  // namespace millrace::lambda
