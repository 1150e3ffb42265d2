// The set of live mappings: runs those that are enabled, and performs what their drivers decide (mapping_driver.hpp)
// with real storage, real functions and the timers of emulated time. The asynchronous shell of harness/esm; with
// live_mapping and the operations the only code here that sees Asio.
//
// A commit wakes the mappings that watch the logs it touched; nothing polls. Of the I/O thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/destinations/failure_sender.hpp"
#include "harness/esm/control/mapping_registry.hpp"
#include "harness/esm/dead_letter_office.hpp"
#include "harness/esm/driver/mapping_report.hpp"
#include "harness/esm/driver/record_search.hpp"
#include "harness/lambda/invocation/invoker_directory.hpp"
#include "server/base/faults.hpp"
#include "server/base/random.hpp"
#include "server/engine/engine.hpp"

namespace millrace::esm {

/// What the answer to a drain tells.
struct DrainReport {
  bool drained{false};
  std::vector<MappingReport> mappings;  ///< those the drain was about, caught up or not
  std::vector<StuckShard> stuck;        ///< why not, when `drained` is false
  std::vector<StuckShard> skipped;      ///< disabled mappings that a drain of everything does not wait for
  bool replicated{true};                ///< no changes are on their way to other regions; set by who asks for that
};

/// Why the function of a mapping got records, or did not.
struct WhyReport {
  MappingReport mapping;
  std::vector<RecordFacts> records;  ///< the newest first
  std::vector<RecordFate> fates;     ///< of each of them
};

class LiveMappings {
 public:
  /// All references outlive this, and `engine` must not run() any more when it is destroyed.
  /// `sender` reaches destinations; null: what is given up stays in `dead_letters`, which its owner loads.
  LiveMappings(engine::Engine& engine, MappingRegistry& registry, DeadLetterBox& dead_letters, StreamSource& streams,
               lambda::InvokerDirectory& functions, Random& random, Faults faults = {}, LiveMappingOptions options = {},
               destinations::FailureSender* sender = nullptr);
  ~LiveMappings();
  LiveMappings(const LiveMappings&) = delete;
  LiveMappings& operator=(const LiveMappings&) = delete;

  /// Starts every enabled mapping of the registry and listens to commits. Once, before Engine::run(). When a group of
  /// writes is lost (Engine::on_lost), the registry is loaded again by whoever loaded it.
  void start();

  /// Stops all mappings: what is being invoked may end and is checkpointed, nothing new begins. `stopped` is called
  /// when nothing runs any more.
  void stop(std::function<void()> stopped);

  /// Makes what runs agree with what the registry says of the mapping: call it when a change is committed. `heard` is
  /// called when an idle mapping has reached its lasting state; one with an invocation under way reaches it later.
  void reconcile(std::string_view uuid, std::function<void()> heard);

  /// Lets mappings of this function that wait for their next attempt try at once: it was made or changed.
  void function_changed(const lambda::FunctionKey& function);

  /// Delivers records again that a mapping has given up (DeadLetterOffice::redrive()). A drain waits for it.
  void redrive(std::string mapping, std::vector<LetterId> letters, std::function<void(RedriveReport)> done);

  /// Removes dead letters that are too old by now.
  void trim_dead_letters();

  /// What the last invocation of a mapping came to, in AWS's words: LastProcessingResult.
  [[nodiscard]] std::string last_processing_result(std::string_view uuid) const;

  /// A report on every mapping, ordered by UUID. `done` is called on any thread, and may take its time.
  void report(std::function<void(std::vector<MappingReport>)> done);

  /// What has become, or will become, of records of a mapping; nothing when there is no such mapping. `done` as of
  /// report(). Errors: of storage.
  void why(std::string uuid, RecordQuery query, std::function<void(StorageResult<std::optional<WhyReport>>)> done);

  /// Calls `changed` whenever a mapping begins or ends anything, as long as its owner holds on to it: what report()
  /// says may be another thing now. It must only pass the news on.
  void watch(const std::shared_ptr<std::function<void()>>& changed);

  /// Waits until every enabled mapping (or the one named) has delivered, or discarded, every record there is and
  /// nothing is under way, or until `deadline`, a real time: whoever waits has so much patience. A mapping that is
  /// named but is not enabled fails at once. `done` as of report().
  void drain(std::optional<std::string> uuid, RealTime::TimePoint deadline, std::function<void(DrainReport)> done);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::esm
