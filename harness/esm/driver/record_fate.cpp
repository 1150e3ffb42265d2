#include "harness/esm/driver/record_fate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/esm/source/timestamp.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::esm {
namespace {

bool passes(const RecordFacts& record) {
  return record.filters.empty() || std::ranges::any_of(record.filters, &Explanation::matches);
}

/// `Filter 1 refused it: a is 2, and the filter asks for [1]. Filter 2 …`
std::string describe_refusals(const std::vector<Explanation>& filters) {
  std::string sentences;
  for (std::size_t at = 0; at < filters.size(); ++at) {
    if (filters[at].refusals.empty()) continue;
    sentences.append(fmt::format(" Filter {} refused it: {}", at + 1, filters[at].refusals.front().sentence));
  }
  return sentences;
}

const DiscardedRange* given_up(const MappingReport& mapping, const RecordFacts& record) {
  const auto& ranges = mapping.statistics.recent_discards;
  const auto found = std::ranges::find_if(ranges, [&](const DiscardedRange& range) {
    return range.shard == record.shard && range.first <= record.sequence && record.sequence <= range.last;
  });
  return found == ranges.end() ? nullptr : &*found;
}

RecordFate told(Fate fate, std::string sentence) { return {fate, std::move(sentence), {}, {}, {}}; }

/// It is done, one way or another.
RecordFate fate_of_done(const MappingReport& mapping, const RecordFacts& record) {
  const ShardProgress& progress = *record.checkpoint;
  if (record.sequence <= progress.begun) {
    return told(Fate::kBeforeStart,
                fmt::format("The {} was written before the mapping was made, which began at the end of the stream "
                            "(StartingPosition LATEST). A mapping with TRIM_HORIZON gets it.",
                            record.asked));
  }
  if (const DiscardedRange* const range = given_up(mapping, record)) {
    return told(Fate::kGivenUp,
                fmt::format("The {} was given up at {}: {}.", record.asked, to_iso_text(range->when), range->reason));
  }
  if (!passes(record)) {
    RecordFate fate = told(Fate::kFiltered, fmt::format("The {} was filtered out: the mapping has passed over it.{}",
                                                        record.asked, describe_refusals(record.filters)));
    fate.filters = record.filters;
    return fate;
  }
  return told(Fate::kDelivered,
              fmt::format("The {} was delivered to the function '{}': the checkpoint of its shard, {}, has passed it.",
                          record.asked, mapping.definition.function_name, streams::to_sequence_number(progress.done)));
}

/// The lane has a batch under way, and perhaps the record is in it.
RecordFate fate_in_lane(const MappingReport& mapping, const RecordFacts& record, const LaneReport& lane) {
  const LaneReport::Batch& batch = *lane.batch;
  const bool is_in_it = batch.records > 0 && batch.first <= record.sequence && record.sequence <= batch.last;
  const std::string what = batch.records == 0 ? std::string{"the end of a tumbling window"}
                                              : fmt::format("the batch of {} record(s) {} to {}", batch.records,
                                                            streams::to_sequence_number(batch.first),
                                                            streams::to_sequence_number(batch.last));
  const std::string error = lane.last_error.empty() ? "" : " The function answered: " + lane.last_error;
  RecordFate fate;
  fate.attempt = batch.attempt;
  fate.next_attempt = lane.next_attempt;
  const std::string& function = mapping.definition.function_name;
  if (lane.next_attempt) {
    fate.fate = is_in_it ? Fate::kRetrying : Fate::kBehindFailing;
    fate.sentence =
        fmt::format("The {} {} {}, which has failed {} time(s); the next attempt is at {}.{}", record.asked,
                    is_in_it ? "is in" : "waits behind", what, batch.attempt, to_iso_text(*lane.next_attempt), error);
  } else if (batch.attempt > 1) {
    fate.fate = is_in_it ? Fate::kInvoking : Fate::kBehindFailing;
    fate.sentence =
        fmt::format("The {} {} {}, with which the function '{}' is being invoked for the {}. time.{}", record.asked,
                    is_in_it ? "is in" : "waits behind", what, function, batch.attempt, error);
  } else {
    fate.fate = is_in_it ? Fate::kInvoking : Fate::kBehind;
    fate.sentence = fmt::format("The {} {} {}, with which the function '{}' is being invoked; it has not answered yet.",
                                record.asked, is_in_it ? "is in" : "waits behind", what, function);
  }
  return fate;
}

RecordFate fate_at_work(const MappingReport& mapping, const RecordFacts& record) {
  const auto shard = std::ranges::find(mapping.progress, record.shard, &ShardReport::shard);
  const auto stuck = std::ranges::find(mapping.shards, record.shard, &StuckShard::shard);
  const std::string reason = stuck == mapping.shards.end() ? "" : " " + stuck->reason;
  if (shard == mapping.progress.end()) {
    return told(Fate::kNotRead, fmt::format("The mapping has not begun with the shard {} of the {}.{}", record.shard,
                                            record.asked, reason));
  }
  if (shard->state.starts_with("waiting for")) {
    return told(Fate::kParentFirst, fmt::format("The {} is in the shard {}, which waits for another one.{}",
                                                record.asked, record.shard, reason));
  }
  if (!shard->lanes.empty()) {
    const LaneReport& lane = shard->lanes[record.lane % shard->lanes.size()];
    if (lane.batch) return fate_in_lane(mapping, record, lane);
    if (lane.records_held > 0) {
      RecordFate fate =
          told(Fate::kCollecting,
               fmt::format("The {} is, or is about to be, among the {} record(s) that are collected for the "
                           "next batch.{}",
                           record.asked, lane.records_held, reason));
      fate.next_attempt = lane.next_attempt;
      return fate;
    }
  }
  return told(Fate::kNotRead, fmt::format("The mapping has not read the {} yet.{}", record.asked, reason));
}

}  // namespace

std::string_view to_text(Fate fate) {
  constexpr std::array<std::string_view, 15> kWords{
      "delivered",        "filtered", "given-up", "before-start",         "disabled",
      "waits-for-parent", "invoking", "retrying", "behind-failing-batch", "behind-batch",
      "collecting",       "not-read", "trimmed",  "other-stream",         "no-such-record"};
  return kWords[static_cast<std::size_t>(fate)];
}

RecordFate fate_of(const MappingReport& mapping, const RecordFacts& record) {
  switch (record.presence) {
    case RecordFacts::Presence::kNever:
      return told(Fate::kNoRecord, fmt::format("There is no {} in the stream {}. A write that changes nothing makes "
                                               "none, and records leave the stream after 24 hours.",
                                               record.asked, mapping.definition.event_source_arn));
    case RecordFacts::Presence::kTrimmed:
      return told(Fate::kTrimmed, fmt::format("The {} has left the stream: records do after 24 hours.", record.asked));
    case RecordFacts::Presence::kOtherStream:
      return told(Fate::kOtherStream,
                  fmt::format("The {} is in the stream {}, and the mapping reads {}. Create a mapping for that stream.",
                              record.asked, record.other_stream, mapping.definition.event_source_arn));
    case RecordFacts::Presence::kThere: break;
  }
  if (record.checkpoint && record.sequence <= record.checkpoint->done) return fate_of_done(mapping, record);
  if (!passes(record)) {
    RecordFate fate =
        told(Fate::kFiltered, fmt::format("The {} is not delivered: no filter of the mapping matches it.{}",
                                          record.asked, describe_refusals(record.filters)));
    fate.filters = record.filters;
    return fate;
  }
  if (mapping.state == MappingState::kDisabled || mapping.state == MappingState::kDeleting) {
    return told(
        Fate::kDisabled,
        fmt::format("The {} waits: the mapping is {}. UpdateEventSourceMapping with Enabled=true makes it deliver.",
                    record.asked, mapping.state == MappingState::kDisabled ? "disabled" : "being deleted"));
  }
  return fate_at_work(mapping, record);
}

}  // namespace millrace::esm
