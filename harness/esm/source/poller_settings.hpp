// The knobs of one shard poller, with AWS's defaults. Everything that a test may want to shrink is here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

#include "server/base/clock.hpp"

namespace millrace::esm {

class RecordFilter;

/// AWS publishes no schedule; this one fits the only measured hint (reference, 4.5): 0.5 s x 2^n, at most 60 s.
struct BackOff {
  Duration initial{std::chrono::milliseconds{500}};
  Duration cap{std::chrono::seconds{60}};

  /// The wait after the `failures`-th failure in a row (1, 2, …).
  [[nodiscard]] Duration after(std::uint32_t failures) const;
};

/// How much one read may return.
struct ReadLimits {
  std::size_t records{1000};
  std::size_t bytes{std::size_t{1} << 20U};
};

/// What a tester may shrink for all mappings; everything else comes from each mapping.
struct LiveMappingOptions {
  BackOff back_off{};
  ReadLimits page{};
};

struct PollerSettings {
  std::size_t batch_size{100};
  Duration batching_window{0};
  std::optional<std::uint32_t> maximum_retry_attempts{};  ///< empty: retry for as long as the records live
  std::optional<Duration> maximum_record_age{};
  bool bisect_on_function_error{false};
  bool report_item_failures{false};
  /// How many batches of a shard may be under way at once, from 1 on; records of one partition key stay in one lane.
  std::size_t lanes{1};
  std::shared_ptr<const RecordFilter> filter{};  ///< empty: every record passes
  /// Length of the tumbling windows; zero: there are none. A shard with windows has one lane, as what a window keeps
  /// goes from one invocation to the next.
  Duration tumbling_window{0};

  BackOff back_off{};
  ReadLimits page{};
  /// Size of the largest event, AWS's limit of a synchronous invocation's payload.
  std::size_t payload_limit{6'291'456};
  /// A tumbling window ends early when what it keeps becomes larger: AWS's limit.
  std::size_t window_state_limit{std::size_t{1} << 20U};
  /// Records leave the stream at this age, retried or not.
  Duration retention{std::chrono::hours{24}};
  /// How many records the lanes may get ahead of the checkpoint while one of them is held up: what a crash repeats.
  std::size_t most_ahead{100'000};
};

}  // namespace millrace::esm
