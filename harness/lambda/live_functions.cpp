#include "harness/lambda/live_functions.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <map>
#include <set>
#include <utility>

#include "harness/lambda/sandbox/process_marker.hpp"

namespace millrace::lambda {
namespace {

/// The folder of the function's upload; empty when it has none.
std::string folder_of(const FunctionDefinition& function) {
  return function.code.kind == CodeKind::kZip ? function.code.location : std::string{};
}

}  // namespace

struct LiveFunctions::Unclaimed {
  explicit Unclaimed(RetiredFunctions& retired_functions) : retired{retired_functions} {}

  /// What was prepared of the function, and belongs to the caller from now on; all empty when nothing was.
  Runnable take(const FunctionDefinition& function) {
    auto taken = by_revision.extract(function.revision_id);
    return taken.empty() ? Runnable{} : std::move(taken.mapped());
  }

  RetiredFunctions& retired;
  std::map<std::string, Runnable, std::less<>> by_revision;
};

PreparedFunction::~PreparedFunction() {
  const auto unclaimed = unclaimed_.lock();
  if (!unclaimed) return;  // moved from, or the program ends and has ended the function
  if (const Runnable runnable = unclaimed->take(*definition_); runnable.function) {
    unclaimed->retired.add(runnable.function, folder_of(*definition_));
  }
}

LiveFunctions::LiveFunctions(FunctionCatalog& catalog, LambdaServices services, CodeStore code)
    : catalog_{catalog},
      services_{std::move(services)},
      code_{std::make_shared<const CodeStore>(std::move(code))},
      unclaimed_{std::make_shared<Unclaimed>(retired_)} {}

LiveFunctions::~LiveFunctions() {
  for (const auto& [key, live] : functions_.all()) {
    if (live.runnable.function) live.runnable.function->close();
  }
  // Their definitions may be committed by now: the next start finds out whether their code is needed.
  for (const auto& [revision, runnable] : unclaimed_->by_revision) runnable.function->close();
  retired_.close();
  external_.close();
}

void LiveFunctions::start() {
  if (const int killed = kill_leftovers(); killed > 0) {
    spdlog::warn("killed {} process(es) of functions that an earlier run had left behind", killed);
  }
  const std::vector<FunctionPointer> functions = [this] {
    const auto entry = services_.gate.enter(storage::Access::kRead);
    return catalog_.all();
  }();
  discard_orphans(functions);
  // In the order in which they were made: the bare address of the Runtime API means the first external one.
  for (const FunctionPointer& function : functions) go_live(function);
}

void LiveFunctions::discard_orphans(const std::vector<FunctionPointer>& functions) {
  std::set<std::string> needed;
  for (const FunctionPointer& function : functions) needed.insert(folder_of(*function));
  int orphans = 0;
  // Found now, before anybody uploads anything, and removed later.
  for (auto& folder : code_->folders()) {
    if (needed.contains(folder)) continue;
    ++orphans;
    retired_.discard(std::move(folder));
  }
  if (orphans > 0) spdlog::info("removing the code of {} upload(s) that no function has", orphans);
}

RunnableParts LiveFunctions::parts() const {
  return {services_, *code_, external_, [&io = services_.io, listener = callable_listener_](const FunctionKey& key) {
            boost::asio::post(io, [listener, key] {
              if (*listener) (*listener)(key);
            });
          }};
}

Runnable LiveFunctions::runnable_of(const FunctionDefinition& function) {
  if (Runnable prepared = unclaimed_->take(function); prepared.function) return prepared;
  auto made = make_runnable(parts(), function);
  if (made.has_value()) return *std::move(made);
  // A port that is taken today, a handler of an earlier build: the function stays known and cannot be called.
  spdlog::warn("[{}] cannot be run: {}", function.name, made.error().message);
  return {};
}

void LiveFunctions::go_live(const FunctionPointer& function) {
  Live& live = functions_[key_of(*function)];
  live = {function, runnable_of(*function)};
  if (!live.runnable.external) return;
  external_.add(runtime_name_of(*function, services_.options.worlds.home), live.runnable.external);
}

void LiveFunctions::retire(const FunctionKey& key, std::string folder) {
  const Live gone = *functions_.find(key);
  functions_.erase(key);
  if (gone.runnable.external) external_.remove(runtime_name_of(*gone.definition, services_.options.worlds.home));
  if (gone.runnable.function) {
    retired_.add(gone.runnable.function, std::move(folder));
  } else if (!folder.empty()) {
    retired_.discard(std::move(folder));
  }
}

Result<PreparedFunction> LiveFunctions::prepare(FunctionDefinition definition) {
  if (definition.role.empty()) {
    definition.role = fmt::format("arn:aws:iam::{}:role/millrace", definition.account.id);
  }
  definition.revision_id = base::make_uuid(services_.random);
  definition.last_modified = services_.emulated_time.now();
  auto made = make_runnable(parts(), definition);
  if (made.has_error()) {
    if (std::string folder = folder_of(definition); !folder.empty()) retired_.discard(std::move(folder));
    return std::move(made).error();
  }
  unclaimed_->by_revision.emplace(definition.revision_id, *std::move(made));
  return PreparedFunction{std::make_shared<const FunctionDefinition>(std::move(definition)), unclaimed_};
}

Result<void> LiveFunctions::put(FunctionDefinition definition) {
  // First, as the new one may listen where the other one does. Its code may be needed: this may be lost.
  if (const FunctionKey key = key_of(definition); functions_.find(key) != nullptr) retire(key, {});
  TRY_ASSIGN(const PreparedFunction prepared, prepare(std::move(definition)));
  {
    const auto entry = services_.gate.enter(storage::Access::kWrite);
    if (entry.status().has_error()) return base::to_api_error(entry.status().error());
    TRY(catalog_.put(prepared.definition()));
  }
  TRY(services_.gate.flush().outcome);
  return {};
}

void LiveFunctions::committed() {
  for (const FunctionChange& change : catalog_.committed()) follow(change);
}

void LiveFunctions::follow(const FunctionChange& change) {
  if (Live* const live = functions_.find(change.key); live != nullptr && change.now) {
    if (runs_alike(*live->definition, *change.now)) {
      live->definition = change.now;
      return;
    }
  }
  if (const Live* const before = functions_.find(change.key)) {
    std::string folder = folder_of(*before->definition);
    const bool is_needed = change.now && folder_of(*change.now) == folder;
    retire(change.key, is_needed ? std::string{} : std::move(folder));
  }
  if (!change.now) return;
  go_live(change.now);
  parts().attached(change.key);
}

void LiveFunctions::end_waiting() {
  for (const auto& [key, live] : functions_.all()) {
    if (live.runnable.function) live.runnable.function->end_waiting();
  }
}

const LiveFunctions::Live* LiveFunctions::find_live(const FunctionReference& function) const {
  const Live* const live = functions_.resolve(function);
  if (live == nullptr && function.means_latest()) tell_if_elsewhere(key_of(function));
  return live;
}

void LiveFunctions::tell_if_elsewhere(const FunctionKey& key) const {
  constexpr int kMostLookedThrough = 100;
  int left = kMostLookedThrough;
  for (const auto& [other, live] : functions_.all()) {
    if (left-- == 0) return;
    if (other.name != key.name) continue;
    const std::string text = fmt::format(
        "there is no function {}, which was asked for, but {}: each account has functions of its own in each region; "
        "--shared-db merges all",
        arn_of(key), arn_of(other));
    if (told_.add(text)) spdlog::info("{}", text);
    return;
  }
}

FunctionPointer LiveFunctions::definition(const FunctionReference& function) const {
  const Live* const live = find_live(function);
  return live == nullptr ? nullptr : live->definition;
}

Result<FunctionPointer> LiveFunctions::require(const FunctionReference& function) const {
  if (FunctionPointer found = definition(function)) return found;
  return function_not_found(function);
}

std::vector<FunctionPointer> LiveFunctions::list(const model::Account& account, std::string_view after,
                                                 std::size_t most) const {
  std::vector<FunctionPointer> functions;
  if (most == 0) return functions;
  functions_.visit_behind(account, after, [&](const Live& live) {
    functions.push_back(live.definition);
    return functions.size() < most;
  });
  return functions;
}

std::shared_ptr<Invoker> LiveFunctions::find(const FunctionReference& function) {
  const Live* const live = find_live(function);
  return live == nullptr ? nullptr : live->runnable.invoker;
}

}  // namespace millrace::lambda
