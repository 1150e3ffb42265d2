// Of mapping_driver.hpp: what is counted, kept and logged of attempts and of records that are given up.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <utility>

#include "harness/esm/delivery/delivery_log.hpp"
#include "harness/esm/delivery/failure_record.hpp"
#include "harness/esm/driver/mapping_driver.hpp"
#include "harness/esm/source/timestamp.hpp"
#include "server/streams/record/sequence_number.hpp"

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

void MappingDriver::account(ShardRun& run, LaneId id, const Attempt& attempt, const Actions& next) {
  LaneRun& lane = run.lanes.at(index_of(id));
  const bool taken_back =
      std::exchange(lane.withdrawn, false) && attempt.result->outcome == lambda::Outcome::kServiceError;
  if (taken_back) return;
  // Whether all records of a successful answer count as delivered is the poller's to judge: it reads the response.
  const Judgement judgement = run.poller.judgement(id);
  count_attempt(lane, attempt, judgement == Judgement::kDelivered);
  if (judgement == Judgement::kPartlyDelivered) statistics_->records_failed += run.poller.records_in_batch(id);
  if (judgement == Judgement::kFailed) statistics_->records_failed += attempt.sent.records;
  if (lane.trouble.empty() && lane.failed_attempts == 0) return;
  log_attempt(run, lane, attempt.sent, next_step(judgement, next, id, clock_.now()));
}

void MappingDriver::log_attempt(const ShardRun& run, LaneRun& lane, const Invoke& sent, const std::string& next) {
  const std::string text = to_text(DeliveryAttempt{uuid_, function_name_, run.shard.shard_id, sent.attempt + 1,
                                                   sent.records, sent.first, sent.last, sent.ends_window});
  if (!lane.trouble.empty()) {
    ++lane.failed_attempts;
    const std::string words = first_words(lane.last_error);
    spdlog::warn("{}: {}{}{}; {}", text, lane.trouble, words.empty() ? "" : ": ", words, next);
  } else {
    spdlog::info("{}: delivered again after {} failed attempt(s)", text, std::exchange(lane.failed_attempts, 0));
  }
}

void MappingDriver::count_discard(const ShardRun& run, const Discard& discard) {
  statistics_->discarded += discard.records;
  // AWS's metric leaves out what leaves the stream by itself.
  if (discard.reason != DiscardReason::kRetentionExceeded && !(has_destination_ && is_told(discard))) {
    statistics_->records_dropped += discard.records;
  }
  auto& recent = statistics_->recent_discards;
  recent.push_back(
      {run.shard.shard_id, discard.first, discard.last, clock_.now(), std::string{to_text(discard.reason)}});
  if (recent.size() > MappingStatistics::kMaxRecentDiscards) recent.pop_front();
}

void MappingDriver::tell_storage_trouble(const ShardRun& run, const Part& part) {
  if (part.phase != Phase::kSleeping) return;
  statistics_->last_processing_result = kInternalLambdaError;
  spdlog::warn("mapping {} function {} shard {}: {}, {} time(s) in a row; next attempt at {}", uuid_, function_name_,
               run.shard.shard_id, part.trouble, part.failures, to_iso_text(part.until.value_or(TimePoint{})));
}

void MappingDriver::count_attempt(LaneRun& lane, const Attempt& attempt, bool delivered_all) {
  using lambda::Outcome;
  const lambda::InvocationResult& result = *attempt.result;
  const Outcome outcome = result.outcome;
  const bool function_exists = attempt.function_exists;
  lane.executed_version = result.executed_version;
  if (outcome == Outcome::kSuccess && delivered_all) {
    lane.trouble.clear();
    lane.last_error.clear();
  } else if (!function_exists) {
    lane.trouble =
        fmt::format("the function '{}' does not exist (create it, or delete this mapping or give it another function)",
                    function_name_);
    lane.last_error.clear();
  } else {
    const char* const unsatisfying =
        settings_.tumbling_window > Duration::zero()
            ? (settings_.report_item_failures ? "reported failed items, or answered without the state of its window"
                                              : "answered without the state of its window")
            : "reported failed items";
    const std::array kWhat{unsatisfying, "failed", "was throttled (too many invocations of it wait)",
                           "could not be run", "has no process that could run it"};
    lane.trouble = fmt::format("the function '{}' {}", function_name_, kWhat[static_cast<std::size_t>(outcome)]);
    lane.last_error = (result.reason.empty() ? result.payload : result.reason).substr(0, kMaxErrorBytes);
  }
  const bool was_run = outcome == Outcome::kSuccess || outcome == Outcome::kFunctionError;
  if (was_run) ++statistics_->invocations;
  if (outcome == Outcome::kThrottled) ++statistics_->throttles;
  if (outcome == Outcome::kServiceError || outcome == Outcome::kNoRuntime) ++statistics_->service_errors;
  if (lane.trouble.empty()) {
    ++statistics_->batches;
    statistics_->last_processing_result = "OK";
    return;
  }
  if (was_run) ++statistics_->errors;
  statistics_->last_processing_result =
      outcome == Outcome::kServiceError && function_exists ? kInternalLambdaError : kFunctionCallFailed;
  statistics_->last_error = lane.last_error.empty() ? lane.trouble : lane.last_error;
}

void MappingDriver::perform(ShardRun& run, LaneId id, const Discard& action) {
  Part& part = run.part(id);
  part.phase = Phase::kDiscarding;
  const std::string range =
      fmt::format("{} to {}", streams::to_sequence_number(action.first), streams::to_sequence_number(action.last));
  std::string given_up;
  if (action.unreadable) {
    given_up = fmt::format("damaged record(s) {}: {}", range, to_text(action.reason));
  } else if (action.ends_window) {
    given_up = fmt::format("the end of a window after {} invocation(s), and what it kept: {}", action.invocations,
                           to_text(action.reason));
  } else {
    given_up = fmt::format("{} record(s) {} after {} invocation(s): {}", action.records, range, action.invocations,
                           to_text(action.reason));
  }
  const std::string words = action.unreadable ? part.trouble : first_words(run.lanes.at(index_of(id)).last_error);
  spdlog::warn("mapping {} function {} shard {} gives up {}{}{}", uuid_, function_name_, run.shard.shard_id, given_up,
               words.empty() ? "" : "; last error: ", words);
  count_discard(run, action);
  statistics_->last_discard =
      fmt::format("Shard {} gave up {}, at {}.", run.shard.shard_id, given_up, to_iso_text(clock_.now()));
  part.trouble.clear();
  if (is_lane(id)) {
    run.lanes[index_of(id)].last_error.clear();
    run.lanes[index_of(id)].failed_attempts = 0;
  }
  keep_failure(run, id, action);
}

void MappingDriver::keep_failure(ShardRun& run, LaneId id, const Discard& discard) {
  DiscardCircumstances circumstances;
  if (is_lane(id)) {
    const LaneRun& lane = run.lanes[index_of(id)];
    circumstances.request_id = lane.request_id;
    circumstances.executed_version = lane.executed_version;
  }
  // Records that were never sent have no request of their own.
  if (discard.invocations == 0) circumstances.request_id = base::make_uuid(random_);
  circumstances.function_arn = function_arn_;
  circumstances.shard_id = run.shard.shard_id;
  circumstances.stream_arn = stream_arn_;
  circumstances.now = clock_.now();
  FailureRecord record = make_failure_record(discard, std::move(circumstances));
  ports_.keep_failure(std::move(record),
                      [weak = weak_from_this(), shard_id = run.shard.shard_id, id, step = run.part(id).step] {
                        const auto self = weak.lock();
                        ShardRun* const discarding = self ? self->current(shard_id, id, step) : nullptr;
                        if (discarding == nullptr) return;
                        self->feed(*discarding, {id, Discarded{}});
                        self->update_activity();
                      });
}

}  // namespace millrace::esm
