#include "harness/lambda/retired_functions.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <deque>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::lambda {

namespace asio = boost::asio;

struct RetiredFunctions::State : std::enable_shared_from_this<State> {
  struct Retired {
    std::shared_ptr<RetirableInvoker> function;
    std::string folder;
  };

  State(asio::io_context& io_context, std::shared_ptr<const CodeStore> store, WorkRunner runner)
      : io{io_context}, code{std::move(store)}, run_work{std::move(runner)} {}

  void ended(const RetirableInvoker* function) {
    const auto found =
        std::ranges::find_if(functions, [&](const Retired& retired) { return retired.function.get() == function; });
    if (found == functions.end()) return;
    Retired last = std::move(*found);  // destroyed last: it may be the only reference to whoever calls this
    functions.erase(found);
    if (!last.folder.empty()) discard(std::move(last.folder));
  }

  void discard(std::string folder) {
    folders.push_back(std::move(folder));
    if (std::exchange(removing, true) || closed) return;
    asio::co_spawn(io, remove_folders(shared_from_this()), asio::detached);
  }

  std::optional<std::string> first_folder() {
    if (!closed && !folders.empty()) return folders.front();
    removing = false;
    return std::nullopt;
  }
  /// A folder stays in the list until it is gone: work may be dropped.
  void removed_first() {
    if (!closed) folders.pop_front();
  }
  void give_up() { removing = false; }

  // By value, and what is awaited has a name: see server/engine/work_pool.cpp.
  static asio::awaitable<void> remove_folders(std::shared_ptr<State> self) {
    while (const auto folder = self->first_folder()) {
      std::function<void()> work = [code = self->code, name = *folder] { code->remove(name); };
      auto running = self->run_work(std::move(work));
      const bool done = co_await std::move(running);
      // Too much waits. The folder goes with the next one, or at the end.
      if (!done) co_return self->give_up();
      self->removed_first();
    }
  }

  asio::io_context& io;
  const std::shared_ptr<const CodeStore> code;
  const WorkRunner run_work;
  std::vector<Retired> functions;
  std::deque<std::string> folders;
  bool removing{false};
  bool closed{false};
};

RetiredFunctions::RetiredFunctions(asio::io_context& io, std::shared_ptr<const CodeStore> code, WorkRunner run_work)
    : state_{std::make_shared<State>(io, std::move(code), std::move(run_work))} {}

RetiredFunctions::~RetiredFunctions() { close(); }

void RetiredFunctions::add(std::shared_ptr<RetirableInvoker> function, std::string folder) {
  RetirableInvoker* const retiring = function.get();
  state_->functions.push_back({std::move(function), std::move(folder)});
  retiring->retire([weak = std::weak_ptr<State>{state_}, retiring] {
    if (const auto state = weak.lock()) state->ended(retiring);
  });
}

void RetiredFunctions::discard(std::string folder) { state_->discard(std::move(folder)); }

void RetiredFunctions::close() {
  state_->closed = true;
  const auto functions = std::exchange(state_->functions, {});
  const auto folders = std::exchange(state_->folders, {});
  for (const auto& [function, folder] : functions) {
    function->close();
    if (!folder.empty()) state_->code->remove(folder);
  }
  for (const std::string& folder : folders) state_->code->remove(folder);
}

}  // namespace millrace::lambda
