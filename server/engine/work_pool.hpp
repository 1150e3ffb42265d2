// Work that takes long, off the I/O thread: reading an upload, deleting a folder. One thread, so that such work takes
// one core at most and goes in order; what waits is bounded.
#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cstddef>
#include <functional>
#include <memory>

namespace millrace::engine {

class WorkPool {
 public:
  /// At most `queue_limit` pieces wait for the one that runs.
  explicit WorkPool(std::size_t queue_limit = 16);
  /// Waits for the piece that runs. Those that wait are dropped, and with them the coroutines that await them: what
  /// these refer to still exists then. What pieces refer to outlives the pool.
  ~WorkPool();
  WorkPool(const WorkPool&) = delete;
  WorkPool& operator=(const WorkPool&) = delete;

  /// Does the work on the pool's thread, in the order of the calls; the awaiting coroutine goes on on its own executor.
  /// False when too much waits already: the work is not done then. An exception of the work comes out here. May be
  /// awaited by coroutines of any executor that outlives the pool, and their threads may stop meanwhile.
  boost::asio::awaitable<bool> run(std::function<void()> work);

 private:
  const std::size_t queue_limit_;
  std::shared_ptr<std::atomic<std::size_t>> pieces_{std::make_shared<std::atomic<std::size_t>>(0)};
  boost::asio::thread_pool pool_{1};
};

}  // namespace millrace::engine
