// What an event source mapping is: everything CreateEventSourceMapping and UpdateEventSourceMapping decide, and how it
// is shown and stored. A plain value; MappingRegistry keeps them, MappingDriver acts on them.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/esm/source/open_window.hpp"
#include "harness/esm/source/poller_settings.hpp"
#include "harness/lambda/control/function_reference.hpp"
#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/arn.hpp"
#include "server/storage/storage.hpp"

namespace millrace::esm {

/// `AT_TIMESTAMP` exists for Kinesis and Kafka only.
enum class StartingPosition : std::uint8_t { kTrimHorizon, kLatest };

/// Reference, 3.5. The three states without "-ing" are the ones that last.
enum class MappingState : std::uint8_t { kCreating, kEnabling, kEnabled, kDisabling, kDisabled, kUpdating, kDeleting };

/// AWS's spellings: `TRIM_HORIZON`, `Enabled`.
std::string_view to_text(StartingPosition position);
std::string_view to_text(MappingState state);

/// Limits and defaults of reference, 3.3.
inline constexpr std::int64_t kMaxBatchSize = 10'000;
inline constexpr std::int64_t kMaxBatchingWindowSeconds = 300;
inline constexpr std::int64_t kMaxParallelizationFactor = 10;
inline constexpr std::int64_t kMinRecordAgeSeconds = 60;
inline constexpr std::int64_t kMaxRecordAgeSeconds = 604'800;
inline constexpr std::int64_t kMaxRetryAttempts = 10'000;
inline constexpr std::int64_t kMaxTumblingWindowSeconds = 900;
inline constexpr std::int64_t kUnlimited = -1;  ///< of retries and record age

struct MappingDefinition {
  std::string uuid;
  std::string event_source_arn;
  std::string function_arn;   ///< with a qualifier exactly when the request named one
  std::string function_name;  ///< the name alone
  StartingPosition starting_position{StartingPosition::kTrimHorizon};
  bool enabled{true};
  std::int64_t batch_size{100};
  std::int64_t batching_window_seconds{0};
  std::int64_t maximum_record_age_seconds{kUnlimited};
  std::int64_t maximum_retry_attempts{kUnlimited};
  bool bisect_batch_on_function_error{false};
  bool report_batch_item_failures{false};
  std::int64_t parallelization_factor{1};
  std::int64_t tumbling_window_seconds{0};
  std::vector<std::string> filters{};  ///< the patterns of FilterCriteria as they were written; empty: all records
  std::string on_failure{};            ///< ARN of DestinationConfig.OnFailure.Destination; empty: none
  std::string kms_key_arn{};           ///< shown again; a list does not show the filters that it would encrypt
  std::vector<std::string> metrics{};  ///< of MetricsConfig: shown again; there are no metrics to send
  std::map<std::string, std::string> tags{};
  TimePoint last_modified{};

  friend bool operator==(const MappingDefinition&, const MappingDefinition&) = default;
};

/// Whose mapping it is, and where: the account and region of its stream.
model::Account account_of(const MappingDefinition& mapping);
/// The function that it calls.
lambda::FunctionReference function_of(const MappingDefinition& mapping);

/// What the poller of a shard needs to know of it.
PollerSettings poller_settings(const MappingDefinition& mapping);

/// The stored form (document kind kMappingDocument, named by the UUID); docs/storage-format.md shows one.
std::string to_document(const MappingDefinition& mapping);
/// The inverse. Errors: kCorrupt when `text` is not such a document.
StorageResult<MappingDefinition> mapping_from_document(std::string_view text);

inline constexpr std::string_view kMappingDocument = "event-source-mapping";
inline constexpr std::string_view kCheckpointDocument = "checkpoint";

/// How far a mapping has come in a shard. The two counters make up `done`, so that a restart does not forget them.
struct ShardProgress {
  storage::Sequence done{0};   ///< every record up to here is delivered or given up
  std::uint64_t delivered{0};  ///< records, since the mapping was made
  std::uint64_t discarded{0};
  storage::Sequence begun{0};  ///< of a mapping with LATEST: what was written up to here is none of its business
  std::optional<OpenWindow> window{};  ///< the tumbling window that is open there: it belongs to `done`, too

  friend bool operator==(const ShardProgress&, const ShardProgress&) = default;
};

/// Name of the document that holds it: `<uuid>/<shard id>`.
std::string checkpoint_name(std::string_view uuid, std::string_view shard_id);
std::string to_checkpoint(const ShardProgress& progress);
/// A counter that is missing is 0. Errors: kCorrupt.
StorageResult<ShardProgress> checkpoint_from(std::string_view text);

/// Whether filters are shown that a customer's key encrypts: a list does not decrypt them.
enum class FilterView : std::uint8_t { kAlways, kUnlessEncrypted };

/// Appends AWS's EventSourceMappingConfiguration (reference, 3.4).
void append_configuration(std::string& out, const MappingDefinition& mapping, MappingState state,
                          std::string_view last_processing_result, FilterView filters = FilterView::kAlways);

}  // namespace millrace::esm
