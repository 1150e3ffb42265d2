// What the Lambda side needs from the composition root.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "handler/in_process.hpp"
#include "harness/lambda/invocation/metered_invoker.hpp"
#include "harness/lambda/runtime_api/runtime_api.hpp"
#include "server/base/faults.hpp"
#include "server/base/random.hpp"
#include "server/model/access_key.hpp"
#include "server/model/caller.hpp"
#include "server/storage/group_commit.hpp"
#include "server/time/emulated_time.hpp"
#include "server/time/real_time.hpp"

namespace millrace::lambda {

struct LambdaOptions {
  model::Worlds worlds{};
  /// Value of AWS_ENDPOINT_URL in the environment of managed processes, so that their SDKs find Millrace; empty: unset.
  std::string endpoint_url{};
  /// With which requests must be signed: managed processes get the pair of their account, or the first. Empty: any will
  /// do.
  std::vector<model::AccessKey> access_keys{};
  /// Where external functions with a port of their own are listened for: numeric.
  std::string runtime_api_host{"127.0.0.1"};
  RuntimeApiOptions runtime_api{};
  /// Invocations that may wait for one function; one more is throttled.
  std::size_t queue_limit{1000};
  /// How long an external function may be without a process before its invocations fail: it may be about to start, or
  /// to come back. Much shorter than what clients wait for an answer.
  Duration external_patience{std::chrono::seconds{5}};
  /// Processes that Millrace starts for one function: as many of its invocations run at a time.
  std::size_t concurrency{10};
  /// A process that has had nothing to do for this long is ended.
  Duration idle_limit{std::chrono::minutes{5}};
  /// How long a process may take until it first asks for work (AWS: 10 s).
  Duration init_timeout{std::chrono::seconds{10}};
};

/// Does work that takes long off the I/O thread; the caller goes on on its own executor. False when too much waits
/// already: the work is not done then. engine::WorkPool::run in production.
using WorkRunner = std::function<boost::asio::awaitable<bool>(std::function<void()> work)>;

/// Does work that takes longer than others may wait for beside the I/O thread; engine::Engine::aside in production.
using SideRunner = std::function<boost::asio::awaitable<void>(std::function<void()> work)>;

/// All references outlive the functions that are made with them.
struct LambdaServices {
  boost::asio::io_context& io;
  storage::GroupCommit& gate;
  EmulatedTime& emulated_time;  ///< LastModified, trace ids; how old an event is, and when it is tried again
  RealTime& real_time;          ///< what a process really needs: time limits, start, patience; connections
  Random& random;
  Faults faults;
  const handler::HandlerCatalog& handlers;
  LambdaOptions options;
  /// What it is given may refer to the live functions: it has ended, or been dropped, when they are destroyed.
  WorkRunner run_work;
  SideRunner aside;
  std::shared_ptr<FunctionMetrics> metrics{std::make_shared<FunctionMetrics>()};
};

/// Of those, what a listener of the Runtime API works with.
inline RuntimeApiParts runtime_api_parts(const LambdaServices& services) {
  return {services.io, services.real_time, services.options.runtime_api, services.faults};
}

/// Waits until a group of writes is committed: engine::Engine::committed in production.
using CommitWaiter = std::function<boost::asio::awaitable<StorageResult<void>>(storage::Ticket)>;

}  // namespace millrace::lambda
