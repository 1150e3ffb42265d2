// Carries transfers out: lets their movers step in the gate, between the requests, and fulfils their wishes with an
// object store. The thin shell of server/transfers.
//
// A few transfers run at a time; more wait. Each step is a handler of its own behind those that are ready, and its wish
// is fulfilled only when its group is committed. When a group is lost, or the store cannot be reached, it goes on after
// a second where the database says.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "server/engine/engine.hpp"
#include "server/engine/work_pool.hpp"
#include "server/objects/object_store.hpp"
#include "server/time/work_under_way.hpp"
#include "server/transfers/transfers.hpp"

namespace millrace::objects {

class TransferDriver {
 public:
  /// All outlive the driver, and the driver the run() of the engine. `pool` computes what takes long. Before run().
  TransferDriver(engine::Engine& engine, transfers::Transfers& transfers, ObjectStore& store, engine::WorkPool& pool);
  TransferDriver(const TransferDriver&) = delete;
  TransferDriver& operator=(const TransferDriver&) = delete;

  /// Goes on with what an earlier run has left. Before run(), once.
  void start();

 private:
  enum class Leg : std::uint8_t { kOver, kInterrupted };
  struct Step {
    StorageResult<transfers::Wish> wish;
    storage::Ticket ticket{0};
  };
  using Waiting = std::optional<time::WorkScope>;

  void claim();
  void begin_next();
  boost::asio::awaitable<void> run(std::string arn);
  boost::asio::awaitable<Leg> carry_out(transfers::Mover& mover);
  boost::asio::awaitable<std::optional<transfers::StoreAnswer>> fulfil(transfers::Wish wish);
  boost::asio::awaitable<void> compute(std::function<void()> work);
  boost::asio::awaitable<void> pause();
  std::unique_ptr<transfers::Mover> make_mover(const std::string& arn);
  Step take_step(transfers::Mover& mover, transfers::StoreAnswer answer);

  engine::Engine& engine_;
  transfers::Transfers& transfers_;
  ObjectStore& store_;
  engine::WorkPool& pool_;
  std::deque<std::string> waiting_;
  /// Those that run; each counts as under way in emulated time, but while it pauses.
  std::map<std::string, Waiting> running_;
  std::map<std::string, Waiting> claimed_;  ///< those of waiting_
};

}  // namespace millrace::objects
