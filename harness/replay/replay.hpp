// Replays a fixture through the public HTTP API of a running Millrace and checks that the function got every change.
#pragma once

#include <chrono>
#include <cstdint>
#include <ostream>
#include <string>

#include "harness/replay/api_client.hpp"
#include "harness/replay/fixture.hpp"

namespace millrace::replay {

struct ReplayOptions {
  /// Wait with `/_millrace/drain` until every enabled mapping has caught up, and compare delivered with written.
  bool drain{true};
  std::chrono::seconds drain_timeout{30};
  /// Replaces the function's code with `external`: a process that attaches to the Runtime API itself.
  bool external_function{false};
  /// Makes only the writes that a table which exists already lacks, judged by the changes in its stream: a second run
  /// finds nothing to do, an interrupted one is finished.
  bool once{false};
  /// Makes the function and its mapping behind the writes rather than before them: a mapping from TRIM_HORIZON then
  /// finds all of them and reads full batches. Otherwise each change is delivered as it is made, mostly alone.
  bool mapping_after_writes{false};
};

struct ReplaySummary {
  std::int64_t writes{0};             ///< made, not those that were there
  std::int64_t records_expected{0};   ///< the changes the fixture declares
  std::int64_t records_written{0};    ///< records found in the table's stream, read through the Streams API
  std::int64_t records_delivered{0};  ///< to the function, successfully
  std::int64_t records_discarded{0};  ///< given up
  std::int64_t records_expired{0};    ///< delivered, and meanwhile too old for the stream to hold them
  std::int64_t batches{0};
  std::int64_t invocations{0};
  std::int64_t errors{0};
  std::int64_t iterator_age_milliseconds{0};
  bool drained{false};
  std::string stuck;  ///< why not, in sentences, when `drained` is false

  [[nodiscard]] bool complete() const;
};

/// Makes the table, the function and the mapping (those that exist already are used as they are), makes the writes in
/// order and, unless told otherwise, drains. Progress and refusals go to `log`. Throws std::runtime_error when the
/// server cannot be reached or answers what the fixture does not expect.
ReplaySummary replay(ApiClient& client, const Fixture& fixture, const ReplayOptions& options, std::ostream& log);

/// Only the check: drains and compares what the mappings of the fixture's function delivered since they were made with
/// what the table's stream holds and with what the fixture declares.
ReplaySummary check(ApiClient& client, const Fixture& fixture, const ReplayOptions& options);

/// What a fixture has become on a server, as the API describes it; null for what it does not have.
struct Deployment {
  nlohmann::json table;     ///< TableDescription
  nlohmann::json function;  ///< FunctionConfiguration
  nlohmann::json mapping;   ///< EventSourceMappingConfiguration
};
Deployment describe(ApiClient& client, const Fixture& fixture);

/// The summary as a small table for people.
void print(std::ostream& out, const ReplaySummary& summary);

}  // namespace millrace::replay
