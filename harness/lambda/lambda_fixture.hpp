// What the tests of this folder share: functions on ephemeral storage, in virtual time or with real threads.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "harness/lambda/function_operations.hpp"
#include "harness/lambda/live_functions.hpp"
#include "server/base/scratch_directory.hpp"
#include "server/engine/asio_alarm.hpp"
#include "server/http/routing/router.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/time/adjustable_time.hpp"
#include "server/time/machine_time.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::lambda {

/// Holds coroutines back for as long as the test says. Single-threaded.
class Barrier {
 public:
  void hold() { held_ = true; }
  void release() {
    held_ = false;
    for (const auto& waiting : std::exchange(waiting_, {})) waiting->cancel();
  }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }

  boost::asio::awaitable<void> pass() {
    if (!held_) co_return;
    const auto executor = co_await boost::asio::this_coro::executor;
    // Never runs out.
    const auto timer =
        std::make_shared<boost::asio::steady_timer>(executor, boost::asio::steady_timer::time_point::max());
    waiting_.push_back(timer);
    boost::system::error_code cancelled;
    co_await timer->async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
  }

 private:
  bool held_{false};
  std::vector<std::shared_ptr<boost::asio::steady_timer>> waiting_;
};

/// A WorkRunner without a thread.
inline boost::asio::awaitable<bool> run_at_once(std::function<void()> work) {
  work();
  co_return true;
}

/// A SideRunner without a thread.
inline boost::asio::awaitable<void> do_at_once(std::function<void()> work) {
  work();
  co_return;
}

/// Storage, and a gate that commits when it is asked to wait.
class TestStorage {
 public:
  storage::GroupCommit& gate() { return gate_; }
  CommitWaiter committed() {
    return [this](storage::Ticket) { return commit(); };
  }
  /// Held: who waits for a commit waits until the test releases it.
  Barrier barrier;
  void fail_next_commit() { plan_.set(FaultPoint::kStorageCommit, {.times = 1}); }

 private:
  boost::asio::awaitable<StorageResult<void>> commit() {
    auto passing = barrier.pass();
    co_await std::move(passing);
    co_return gate_.flush().outcome;
  }

  base::FaultPlan plan_;
  std::unique_ptr<storage::Storage> storage_{
      *storage::sqlite::SqliteStorage::open({.file = {}, .faults = Faults{plan_}})};
  storage::GroupCommit gate_{*storage_, [] {}};
};

/// A request to the routes, answered as far as virtual time allows.
struct Call {
  std::string method;
  std::string path;
  std::string body{};
  std::map<std::string, std::string> headers{};
};

/// Of a function of the default account and region.
inline std::string arn_of_function(std::string_view name) { return model::function_arn({}, name); }

inline FunctionReference reference_to(std::string_view name) { return {.name = std::string{name}, .account = {}}; }

/// The functions of a process over the database behind `services.gate`, as it finds them when it starts.
struct TestFunctions {
  TestFunctions(const LambdaServices& services, CodeStore code)
      : gate{services.gate}, catalog{gate.storage()}, live{catalog, services, std::move(code)} {
    EXPECT_TRUE(catalog.load().has_value());
    live.start();
  }
  TestFunctions(const TestFunctions&) = delete;
  TestFunctions& operator=(const TestFunctions&) = delete;

  /// From now on these are the functions that follow the commits.
  void follow_commits() {
    gate.on_stored([this] { live.committed(); });
    gate.on_lost([this] { EXPECT_TRUE(catalog.load().has_value()); });
  }

  /// Removes a function, and commits that.
  void remove(std::string_view name) {
    {
      const auto entry = gate.enter(storage::Access::kWrite);
      const auto removed = catalog.remove(reference_to(name));
      ASSERT_TRUE(removed.has_value()) << removed.error().message;
    }
    ASSERT_TRUE(gate.flush().outcome.has_value());
  }

  storage::GroupCommit& gate;
  FunctionCatalog catalog;
  LiveFunctions live;
};

/// Single-threaded and in virtual time.
class VirtualWorld {
 public:
  VirtualWorld() {
    handlers.add("echo-payload", [](const handler::InvocationRequest& request) -> handler::HandlerResult<std::string> {
      return std::string{request.payload};
    });
  }

  LiveFunctions& functions() { return all().live; }
  void remove(std::string_view name) { all().remove(name); }

  /// Runs what is ready.
  void settle() {
    io.restart();
    io.poll();
  }

  /// Sends the call; the answer is there once settle() has seen it through.
  std::shared_ptr<std::optional<http::Response>> send(Call call) {
    all();
    auto answer = std::make_shared<std::optional<http::Response>>();
    boost::asio::co_spawn(io, serve(std::move(call), answer), [](const std::exception_ptr& problem) {
      if (problem) std::rethrow_exception(problem);
    });
    settle();
    return answer;
  }
  /// For calls that are answered at once.
  http::Response answer(Call call) { return **send(std::move(call)); }

  boost::asio::io_context io;
  time::VirtualTime time{TimePoint{std::chrono::seconds{1764085988}} + std::chrono::milliseconds{123}};
  /// Another day, so that a test tells the two apart.
  time::VirtualRealTime real_time{RealTime::TimePoint{std::chrono::seconds{1900000000}}};
  Random random{7};
  base::FaultPlan plan;
  handler::HandlerCatalog handlers{handler::built_in_handlers()};
  TestStorage storage;
  ScratchDirectory scratch;
  LambdaOptions options;
  WorkRunner run_work{run_at_once};
  http::Router router;
  /// What handlers keep: how much, and what is called when others need the room.
  struct Held {
    std::size_t bytes;
    std::function<void()> give_up;
  };
  std::vector<Held> held;

 private:
  TestFunctions& all() {
    if (functions_) return *functions_;
    functions_ = std::make_unique<TestFunctions>(LambdaServices{io, storage.gate(), time, real_time, random,
                                                                Faults{plan}, handlers, options, run_work, do_at_once},
                                                 CodeStore::at(scratch.path() / "code"));
    functions_->follow_commits();
    rest::add_operations(router, function_operations(),
                         FunctionServices{functions_->catalog, functions_->live, storage.committed()}, options.worlds);
    return *functions_;
  }

  boost::asio::awaitable<void> serve(Call call, std::shared_ptr<std::optional<http::Response>> answer) {
    const auto question = call.path.find('?');
    const std::string query = question == std::string::npos ? "" : call.path.substr(question + 1);
    const std::string path = call.path.substr(0, question);
    http::Request request{.method = call.method,
                          .path = path,
                          .query = query,
                          .body = call.body,
                          .header = [&](std::string_view name) -> std::string_view {
                            const auto found = call.headers.find(std::string{name});
                            return found == call.headers.end() ? std::string_view{} : found->second;
                          },
                          .hold =
                              [this](std::size_t bytes, std::function<void()> give_up) {
                                held.push_back({bytes, std::move(give_up)});
                              }};
    auto match = router.find(call.method, path);
    if (match.handler == nullptr) throw std::logic_error("no route for " + call.path);
    *answer = co_await (*match.handler)(request, std::move(match.parameters));
  }

  std::unique_ptr<TestFunctions> functions_;
};

/// Real time, real sockets, real processes. What is of the I/O thread is done there, and the test waits for it.
class RealWorld {
 public:
  RealWorld() : thread_{[this] { io.run(); }} { options.init_timeout = std::chrono::seconds{5}; }
  ~RealWorld() {
    on_io([this] {
      functions_.reset();
      emulated_time.close();
      real_time.close();
    });
    io.stop();
    thread_.join();
  }
  RealWorld(const RealWorld&) = delete;
  RealWorld& operator=(const RealWorld&) = delete;

  /// What `work` returns, done on the I/O thread.
  template <class Work>
  std::invoke_result_t<Work> on_io(Work work) {
    std::packaged_task<std::invoke_result_t<Work>()> task{std::move(work)};
    boost::asio::post(io, [&task] { task(); });
    return task.get_future().get();
  }

  /// Its methods are for on_io().
  LiveFunctions& functions() { return all().live; }

  /// The end of the program, as far as functions see it.
  void end() {
    on_io([this] { functions_.reset(); });
  }

  /// Makes a function; fails the test when that fails.
  void make(const FunctionDefinition& definition) {
    const auto made = on_io([&] { return functions().put(definition); });
    ASSERT_TRUE(made.has_value()) << made.error().message;
  }

  void remove(std::string_view name) {
    on_io([&] { all().remove(name); });
  }

  std::future<InvocationResult> start(const std::string& function, std::string payload = "{}") {
    auto promise = std::make_shared<std::promise<InvocationResult>>();
    Invocation invocation{.request_id = base::make_uuid(random),
                          .function_arn = "arn:aws:lambda:us-east-1:000000000000:function:" + function,
                          .payload = std::make_shared<const std::string>(std::move(payload))};
    last_request_id = invocation.request_id;
    on_io([&] {
      functions().find(reference_to(function))->invoke(std::move(invocation), [promise](InvocationResult result) {
        promise->set_value(std::move(result));
      });
    });
    return promise->get_future();
  }
  InvocationResult invoke(const std::string& function, std::string payload = "{}") {
    return start(function, std::move(payload)).get();
  }

  boost::asio::io_context io;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> busy{io.get_executor()};
  time::MachineTime real_time{std::make_unique<engine::AsioAlarm>(io)};
  time::AdjustableTime emulated_time{std::make_unique<engine::AsioAlarm>(io),
                                     [this](std::function<void()> step) { boost::asio::post(io, std::move(step)); }};
  Random random{base::nondeterministic_seed()};
  handler::HandlerCatalog handlers{handler::built_in_handlers()};
  TestStorage storage;
  ScratchDirectory scratch;
  base::FaultPlan fault_plan;
  LambdaOptions options;
  WorkRunner run_work{run_at_once};
  std::string last_request_id;

 private:
  TestFunctions& all() {
    if (functions_) return *functions_;
    functions_ =
        std::make_unique<TestFunctions>(LambdaServices{io, storage.gate(), emulated_time, real_time, random,
                                                       Faults{fault_plan}, handlers, options, run_work, do_at_once},
                                        CodeStore::at(scratch.path() / "code"));
    functions_->follow_commits();
    return *functions_;
  }

  std::unique_ptr<TestFunctions> functions_;
  std::thread thread_;
};

}  // namespace millrace::lambda
