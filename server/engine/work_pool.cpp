#include "server/engine/work_pool.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace millrace::engine {
namespace {

namespace asio = boost::asio;

using Count = std::shared_ptr<std::atomic<std::size_t>>;

/// One piece, from the call of run() until it is done or dropped. Shares the count: a coroutine may end after the pool.
class Piece {
 public:
  explicit Piece(Count count) : count_{std::move(count)}, before_{count_->fetch_add(1)} {}
  Piece(const Piece&) = delete;
  Piece& operator=(const Piece&) = delete;
  ~Piece() { count_->fetch_sub(1); }

  /// How many there were before it, the one that runs included.
  [[nodiscard]] std::size_t before() const { return before_; }

 private:
  Count count_;
  std::size_t before_;
};

asio::awaitable<void> perform(std::function<void()> work) {
  // What the work holds goes on this thread, before its end is told.
  const auto doing = std::exchange(work, nullptr);
  doing();
  co_return;
}

// Takes everything by value, and names what it awaits: g++ 12 destroys temporaries within a co_await twice.
asio::awaitable<bool> run_on(asio::thread_pool::executor_type pool, Count count, std::size_t queue_limit,
                             std::function<void()> work) {
  const Piece piece{std::move(count)};
  if (piece.before() > queue_limit) co_return false;
  auto task = perform(std::move(work));
  co_await asio::co_spawn(pool, std::move(task), asio::use_awaitable);
  co_return true;
}

}  // namespace

WorkPool::WorkPool(std::size_t queue_limit) : queue_limit_{queue_limit} {}

WorkPool::~WorkPool() {
  pool_.stop();
  pool_.join();
}

asio::awaitable<bool> WorkPool::run(std::function<void()> work) {
  return run_on(pool_.get_executor(), pieces_, queue_limit_, std::move(work));
}

}  // namespace millrace::engine
