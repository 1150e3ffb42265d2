#include "server/engine/engine.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "server/engine/asio_alarm.hpp"
#include "server/engine/checkpoint_driver.hpp"
#include "server/engine/job_driver.hpp"
#include "server/time/machine_time.hpp"

namespace millrace::engine {
namespace {

namespace asio = boost::asio;

/// Someone who waits for a group. Type-erased here: any_completion_handler of Boost 1.81 may wrap itself when moved.
class Waiter {
 public:
  Waiter() = default;
  Waiter(const Waiter&) = delete;
  Waiter& operator=(const Waiter&) = delete;
  virtual ~Waiter() = default;

  /// Resumes it, here and now when it waits on the I/O thread itself. Once.
  virtual void complete(StorageResult<void> outcome) = 0;
};

template <class Handler>
class HandlerWaiter final : public Waiter {
 public:
  explicit HandlerWaiter(Handler handler) : handler_{std::move(handler)} {}

  void complete(StorageResult<void> outcome) override {
    const auto executor = asio::get_associated_executor(handler_);
    asio::dispatch(executor, bind(std::move(outcome)));
  }
  /// The same, but never from within this call.
  void complete_later(StorageResult<void> outcome) {
    const auto executor = asio::get_associated_executor(handler_);
    asio::post(executor, bind(std::move(outcome)));
  }

 private:
  auto bind(StorageResult<void> outcome) {
    return [handler = std::move(handler_), outcome = std::move(outcome)]() mutable {
      std::move(handler)(std::move(outcome));
    };
  }

  Handler handler_;
};

using WaiterPointer = std::unique_ptr<Waiter>;

// An outcome is asked for right after the operation that got the ticket, so only the last few failures matter.
constexpr std::size_t kKeptFailures = 1024;

// One long request does not keep another that is a little long, and the I/O thread keeps its share of two cores.
constexpr std::size_t kSideThreads = 2;

asio::awaitable<StorageResult<void>> ready(StorageResult<void> outcome) { co_return outcome; }

/// Tells every listener. A bug in one of them must not keep the answers of a whole group back.
template <class Listener, class... Arguments>
void tell(const std::vector<Listener>& listeners, const Arguments&... arguments) {
  for (const Listener& listener : listeners) {
    try {
      listener(arguments...);
    } catch (const std::exception& bug) {
      spdlog::critical("an exception escaped a commit listener: {}", bug.what());
    }
  }
}

}  // namespace

struct Engine::Impl {
  Impl(storage::Storage& storage, time::ClockStart clock)
      : real_time{std::make_unique<AsioAlarm>(io.emplace(1))},
        emulated_time{std::make_unique<AsioAlarm>(*io), std::bind_front(&Impl::post, this), clock},
        gate{storage, std::bind_front(&Impl::request_flush, this)},
        jobs{gate, real_time, emulated_time, std::bind_front(&Impl::post, this)},
        checkpoints{gate, real_time, std::bind_front(&Impl::run_on_checkpoint_thread, this), [this] { jobs.wake(); }} {
    jobs.wait_while([this] { return checkpoints.keeps_jobs_waiting(); });
    gate.on_commit([this](const std::vector<storage::LogId>& logs) { tell(commit_listeners, logs); });
    gate.on_lost([this] { tell(lost_listeners); });
    gate.on_stored([this] { tell(stored_listeners); });
  }

  /// What waits holds coroutines, these hold sockets and timers: they go in this order.
  ~Impl() {
    end_aside();
    emulated_time.close();
    real_time.close();
    waiters.clear();
    io.reset();
  }

  void post(std::function<void()> handler) { asio::post(*io, std::move(handler)); }

  /// Behind the handlers that are ready now.
  void request_flush() {
    // Until those who wait for it, and the pollers, have been told of it.
    asio::post(*io, [this, commit = time::WorkScope{emulated_time.under_way(), time::Work::kCommit}] { flush(); });
  }

  void flush() {
    const storage::GroupCommit::Flushed flushed = gate.flush();
    note(flushed.outcome);
    for (const WaiterPointer& waiter : settle(flushed)) waiter->complete(flushed.outcome);
    checkpoints.wake();
    flushed.outcome.has_error() ? jobs.back_off() : jobs.wake();
  }

  void note(const StorageResult<void>& outcome) {
    if (outcome.has_value() && trouble.empty()) return;
    const std::string before = std::exchange(trouble, outcome.has_error() ? base::to_log_text(outcome.error()) : "");
    if (outcome.has_value()) return spdlog::info("writes are stored again");
    if (trouble == before) return;  // it lasts: who asked for the writes is told each time
    const bool is_hopeless = outcome.error().kind == StorageErrorKind::kFileGone;
    spdlog::log(is_hopeless ? spdlog::level::critical : spdlog::level::err, "a group of writes was lost: {}", trouble);
  }

  /// All who wait: whoever waits has got the ticket of this group, or of an earlier one, before it was flushed.
  std::vector<WaiterPointer> settle(const storage::GroupCommit::Flushed& flushed) {
    if (flushed.outcome.has_error()) {
      failures.insert_or_assign(flushed.up_to, flushed.outcome.error());
      if (failures.size() > kKeptFailures) failures.erase(failures.begin());
    }
    settled = flushed.up_to;
    return std::exchange(waiters, {});
  }

  /// Precondition: the group of `ticket` is settled.
  StorageResult<void> outcome_of(storage::Ticket ticket) {
    const auto failure = failures.find(ticket);
    if (failure != failures.end()) return failure->second;
    return {};
  }

  /// The threads beside the I/O thread. Made when the first work comes: most processes never have any.
  asio::thread_pool& side_threads() {
    if (!side) side.emplace(kSideThreads);
    return *side;
  }
  /// The thread that copies the log of a file: the disk may take long, and work aside need not wait for it.
  asio::thread_pool& checkpoint_thread() {
    if (!log_copier) log_copier.emplace(1);
    return *log_copier;
  }
  /// Waits for the work that has begun; what has not is dropped with those who wait for it.
  void end_aside() {
    for (auto* const pool : {&side, &log_copier}) {
      if (!*pool) continue;
      (*pool)->stop();
      (*pool)->join();
      pool->reset();
    }
  }

  template <class Handler>
  static void run_on(asio::thread_pool& pool, std::function<void()> work, Handler handler) {
    const auto executor = asio::get_associated_executor(handler);
    asio::post(pool, [work = std::move(work), handler = std::move(handler), executor,
                      busy = asio::make_work_guard(executor)]() mutable {
      std::exception_ptr escaped;
      try {
        work();
      } catch (...) {
        escaped = std::current_exception();
      }
      asio::post(executor, [handler = std::move(handler), escaped]() mutable { std::move(handler)(escaped); });
    });
  }

  void run_on_checkpoint_thread(std::function<void()> work, std::function<void()> done) {
    const auto handler = [done = std::move(done)](const std::exception_ptr& escaped) {
      if (escaped) std::rethrow_exception(escaped);
      done();
    };
    run_on(checkpoint_thread(), std::move(work), asio::bind_executor(io->get_executor(), handler));
  }

  void run() {
    for (;;) {
      try {
        io->run();
        return;
      } catch (const std::exception& bug) {
        spdlog::critical("an exception escaped a handler: {}", bug.what());
      }
    }
  }

  std::optional<asio::io_context> io;
  std::optional<asio::thread_pool> side;
  std::optional<asio::thread_pool> log_copier;
  time::MachineTime real_time;
  time::AdjustableTime emulated_time;
  storage::GroupCommit gate;
  std::vector<storage::GroupCommit::CommitListener> commit_listeners;
  std::vector<std::function<void()>> lost_listeners;
  std::vector<std::function<void()>> stored_listeners;
  JobDriver jobs;
  CheckpointDriver checkpoints;

  storage::Ticket settled{0};
  std::vector<WaiterPointer> waiters;
  std::map<storage::Ticket, StorageError> failures;
  std::string trouble;  ///< why nothing can be written, or empty
};

Engine::Engine(storage::Storage& storage, time::ClockStart clock) : impl_{std::make_unique<Impl>(storage, clock)} {}

Engine::~Engine() = default;

asio::io_context& Engine::io() { return *impl_->io; }

storage::GroupCommit& Engine::gate() { return impl_->gate; }

time::AdjustableTime& Engine::emulated_time() { return impl_->emulated_time; }

RealTime& Engine::real_time() { return impl_->real_time; }

asio::awaitable<StorageResult<void>> Engine::committed(storage::Ticket ticket) {
  if (ticket == 0) return ready({});
  if (ticket <= impl_->settled) return ready(impl_->outcome_of(ticket));
  return asio::async_initiate<const asio::use_awaitable_t<>, void(StorageResult<void>)>(
      [impl = impl_.get(), ticket](auto handler) {
        auto waiter = std::make_unique<HandlerWaiter<decltype(handler)>>(std::move(handler));
        // It may be awaited long after it was made.
        if (ticket > impl->settled) return impl->waiters.push_back(std::move(waiter));
        waiter->complete_later(impl->outcome_of(ticket));
      },
      asio::use_awaitable);
}

asio::awaitable<void> Engine::aside(std::function<void()> work) {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      [impl = impl_.get(), work = std::move(work)](auto handler) mutable {
        Impl::run_on(impl->side_threads(), std::move(work), std::move(handler));
      },
      asio::use_awaitable);
}

asio::awaitable<void> Engine::checkpointed() {
  return asio::async_initiate<const asio::use_awaitable_t<>, void(std::exception_ptr)>(
      [impl = impl_.get()](auto handler) {
        Impl::run_on(
            impl->checkpoint_thread(), [] {}, std::move(handler));  // it goes in order
      },
      asio::use_awaitable);
}

void Engine::on_commit(storage::GroupCommit::CommitListener listener) {
  impl_->commit_listeners.push_back(std::move(listener));
}

void Engine::on_lost(std::function<void()> listener) { impl_->lost_listeners.push_back(std::move(listener)); }

void Engine::on_stored(std::function<void()> listener) { impl_->stored_listeners.push_back(std::move(listener)); }

void Engine::drive(storage::Job& job) { impl_->jobs.add(job); }

void Engine::when_rested(storage::Job& job, RealTime::TimePoint deadline, std::function<void(bool)> done) {
  impl_->jobs.when_rested(job, deadline, std::move(done));
}

void Engine::wake_jobs() { impl_->jobs.wake(); }

const std::string& Engine::storage_trouble() const { return impl_->trouble; }

void Engine::run() {
  impl_->jobs.wake();  // what an earlier process has left
  impl_->run();
  impl_->end_aside();
}

void Engine::stop() { impl_->io->stop(); }

}  // namespace millrace::engine
