// Of mapping_driver.hpp: what is counted, kept and logged of attempts and of records that are given up.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>

#include "harness/esm/delivery_log.hpp"
#include "harness/esm/mapping_driver.hpp"
#include "harness/esm/timestamp.hpp"
#include "server/streams/sequence_number.hpp"

namespace millrace::esm {
namespace {

constexpr std::size_t kMaxErrorBytes = 1024;

constexpr std::string_view kFunctionCallFailed = "PROBLEM: Function call failed";
constexpr std::string_view kInternalLambdaError =
    "PROBLEM: internal Lambda error. Please contact Lambda customer support.";

std::string_view to_text(DiscardReason reason) {
  switch (reason) {
    case DiscardReason::kRetryAttemptsExhausted: return "its retries are used up";
    case DiscardReason::kRecordAgeExceeded: return "they are older than MaximumRecordAgeInSeconds";
    case DiscardReason::kRetentionExceeded: return "they have left the stream after 24 hours";
  }
  return "";
}

}  // namespace

void MappingDriver::log_attempt(ShardRun& run, const Invoke& sent, const Action& next) {
  const auto text = [&] {
    return to_text(DeliveryAttempt{uuid_, function_name_, run.shard.shard_id, sent.attempt + 1, sent.records,
                                   sent.first, sent.last});
  };
  if (!run.trouble.empty()) {
    ++run.failed_attempts;
    const std::string words = first_words(run.last_error);
    spdlog::warn("{}: {}{}{}; {}", text(), run.trouble, words.empty() ? "" : ": ", words,
                 next_step(next, clock_.now()));
  } else if (run.failed_attempts > 0) {
    spdlog::info("{}: delivered again after {} failed attempt(s)", text(), std::exchange(run.failed_attempts, 0));
  }
}

void MappingDriver::tell_storage_trouble(const ShardRun& run) {
  if (run.phase != Phase::kSleeping) return;
  statistics_->update([](MappingStatistics& statistics) { statistics.last_processing_result = kInternalLambdaError; });
  spdlog::warn("mapping {} function {} shard {}: {}, {} time(s) in a row; next attempt at {}", uuid_, function_name_,
               run.shard.shard_id, run.storage_trouble, run.poller.failures(),
               to_iso_text(run.until.value_or(TimePoint{})));
}

void MappingDriver::account(ShardRun& run, const lambda::InvocationResult& result, bool function_exists,
                            bool delivered_all) {
  using lambda::Outcome;
  const Outcome outcome = result.outcome;
  if (outcome == Outcome::kSuccess && delivered_all) {
    run.trouble.clear();
    run.last_error.clear();
  } else if (!function_exists) {
    run.trouble =
        fmt::format("the function '{}' does not exist (create it, or delete this mapping or give it another function)",
                    function_name_);
    run.last_error.clear();
  } else {
    constexpr std::array kWhat{"reported failed items", "failed", "was throttled (too many invocations of it wait)",
                               "could not be run", "has no process that could run it"};
    run.trouble = fmt::format("the function '{}' {}", function_name_, kWhat[static_cast<std::size_t>(outcome)]);
    run.last_error = (result.reason.empty() ? result.payload : result.reason).substr(0, kMaxErrorBytes);
  }
  statistics_->update([&](MappingStatistics& statistics) {
    if (outcome == Outcome::kSuccess || outcome == Outcome::kFunctionError) ++statistics.invocations;
    if (outcome == Outcome::kThrottled) ++statistics.throttles;
    if (outcome == Outcome::kServiceError || outcome == Outcome::kNoRuntime) ++statistics.service_errors;
    if (run.trouble.empty()) {
      ++statistics.batches;
      statistics.last_processing_result = "OK";
      return;
    }
    if (outcome == Outcome::kSuccess || outcome == Outcome::kFunctionError) ++statistics.errors;
    statistics.last_processing_result =
        outcome == Outcome::kServiceError && function_exists ? kInternalLambdaError : kFunctionCallFailed;
    statistics.last_error = run.last_error.empty() ? run.trouble : run.last_error;
  });
}

void MappingDriver::perform(ShardRun& run, const Discard& action) {
  const std::string range =
      fmt::format("{} to {}", streams::to_sequence_number(action.first), streams::to_sequence_number(action.last));
  const std::string given_up = action.unreadable
                                   ? fmt::format("damaged record(s) {}: {}", range, to_text(action.reason))
                                   : fmt::format("{} record(s) {} after {} invocation(s): {}", action.records, range,
                                                 action.invocations, to_text(action.reason));
  const std::string words = action.unreadable ? std::exchange(run.storage_trouble, {}) : first_words(run.last_error);
  spdlog::warn("mapping {} function {} shard {} gives up {}{}{}", uuid_, function_name_, run.shard.shard_id, given_up,
               words.empty() ? "" : "; last error: ", words);
  statistics_->update([&](MappingStatistics& statistics) {
    statistics.discarded += action.records;
    statistics.last_discard =
        fmt::format("Shard {} gave up {}, at {}.", run.shard.shard_id, given_up, to_iso_text(clock_.now()));
  });
  run.progress.discarded += action.records;
  run.trouble.clear();
  run.last_error.clear();
  run.failed_attempts = 0;
  feed(run, Discarded{});
}

}  // namespace millrace::esm
