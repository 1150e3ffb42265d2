#include "harness/esm/driver/record_fate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace millrace::esm {
namespace {

constexpr TimePoint kNoon{std::chrono::hours{12}};

/// A mapping that has dealt with everything up to record 10 of shard-1 and is idle.
MappingReport idle_mapping() {
  MappingReport mapping;
  mapping.definition.uuid = "m";
  mapping.definition.function_name = "echo";
  mapping.definition.event_source_arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/t/stream/1";
  mapping.idle = true;
  mapping.progress.push_back({"shard-1", "polling", 10, 0, {}, {LaneReport{"collecting", 0}}});
  return mapping;
}

RecordFacts record_of(storage::Sequence sequence) {
  RecordFacts record;
  record.presence = RecordFacts::Presence::kThere;
  record.asked = "record " + std::to_string(sequence);
  record.shard = "shard-1";
  record.sequence = sequence;
  record.checkpoint = ShardProgress{.done = 10};
  return record;
}

struct FateCase {
  std::string name;
  storage::Sequence sequence;
  std::function<void(MappingReport&, RecordFacts&)> change;
  Fate fate;
  std::string sentence;  ///< a part of it
};

std::ostream& operator<<(std::ostream& out, const FateCase& one) { return out << one.name; }

LaneReport lane_with(std::uint32_t attempt, std::optional<TimePoint> next = {}) {
  LaneReport lane{next ? "waiting" : "invoking", 5};
  lane.batch = LaneReport::Batch{3, 11, 13, attempt};
  lane.next_attempt = next;
  if (attempt > 1 || next) lane.last_error = "boom";
  return lane;
}

Explanation refusal() { return {false, {{"a", "[1]", "2", "a is 2, and the filter asks for [1]."}}}; }

class RecordFates : public testing::TestWithParam<FateCase> {};

TEST_P(RecordFates, AreToldInASentence) {
  MappingReport mapping = idle_mapping();
  RecordFacts record = record_of(GetParam().sequence);
  if (GetParam().change) GetParam().change(mapping, record);
  const RecordFate fate = fate_of(mapping, record);
  EXPECT_EQ(to_text(fate.fate), to_text(GetParam().fate));
  EXPECT_THAT(fate.sentence, testing::HasSubstr(GetParam().sentence));
  EXPECT_THAT(fate.sentence, testing::EndsWith(fate.sentence.ends_with("boom") ? "boom" : "."));
}

INSTANTIATE_TEST_SUITE_P(
    All, RecordFates,
    testing::Values(
        FateCase{"Delivered", 10, {}, Fate::kDelivered, "was delivered to the function 'echo'"},
        FateCase{"DeliveredThoughTheMappingIsDisabledNow", 10,
                 [](auto& mapping, auto&) { mapping.state = MappingState::kDisabled; }, Fate::kDelivered,
                 "was delivered"},
        FateCase{
            "FilteredOut", 10, [](auto&, auto& record) { record.filters = {refusal()}; }, Fate::kFiltered,
            "was filtered out: the mapping has passed over it. Filter 1 refused it: a is 2, and the filter asks for "
            "[1]."},
        FateCase{"PassedByTheSecondFilter", 10,
                 [](auto&, auto& record) {
                   record.filters = {refusal(), Explanation{true, {}}};
                 },
                 Fate::kDelivered, ""},
        FateCase{
            "NotMatched", 11,
            [](auto&, auto& record) {
              record.filters = {refusal(), refusal()};
            },
            Fate::kFiltered,
            "no filter of the mapping matches it. Filter 1 refused it: a is 2, and the filter asks for [1]. Filter 2"},
        FateCase{"BeforeLatest", 4, [](auto&, auto& record) { record.checkpoint->begun = 5; }, Fate::kBeforeStart,
                 "StartingPosition LATEST"},
        FateCase{"GivenUp", 9,
                 [](auto& mapping, auto&) {
                   mapping.statistics.recent_discards.push_back({"shard-1", 8, 9, kNoon, "its retries are used up"});
                 },
                 Fate::kGivenUp, "its retries are used up"},
        FateCase{"GivenUpInAnotherShard", 9,
                 [](auto& mapping, auto&) {
                   mapping.statistics.recent_discards.push_back({"shard-2", 8, 9, kNoon, "its retries are used up"});
                 },
                 Fate::kDelivered, ""},
        FateCase{"Disabled", 11, [](auto& mapping, auto&) { mapping.state = MappingState::kDisabled; }, Fate::kDisabled,
                 "the mapping is disabled. UpdateEventSourceMapping with Enabled=true"},
        FateCase{"ParentFirst", 11,
                 [](auto& mapping, auto&) {
                   mapping.progress[0].state = "waiting for its parent";
                   mapping.shards.push_back(
                       {"m", "echo", "shard-1", "The shard waits until its parent p is read to its end."});
                 },
                 Fate::kParentFirst, "The shard waits until its parent p is read to its end."},
        FateCase{"Invoking", 12, [](auto& mapping, auto&) { mapping.progress[0].lanes = {lane_with(1)}; },
                 Fate::kInvoking, "is in the batch of 3 record(s)"},
        FateCase{"InvokingAgain", 12, [](auto& mapping, auto&) { mapping.progress[0].lanes = {lane_with(3)}; },
                 Fate::kInvoking, "is being invoked for the 3. time. The function answered: boom"},
        FateCase{"Retrying", 13, [](auto& mapping, auto&) { mapping.progress[0].lanes = {lane_with(2, kNoon)}; },
                 Fate::kRetrying, "which has failed 2 time(s); the next attempt is at 1970-01-01T12:00:00"},
        FateCase{"BehindAFailingBatch", 14,
                 [](auto& mapping, auto&) { mapping.progress[0].lanes = {lane_with(2, kNoon)}; }, Fate::kBehindFailing,
                 "waits behind the batch"},
        FateCase{"BehindABatch", 14, [](auto& mapping, auto&) { mapping.progress[0].lanes = {lane_with(1)}; },
                 Fate::kBehind, "waits behind the batch"},
        FateCase{"OfTheLaneOfItsKey", 12,
                 [](auto& mapping, auto& record) {
                   mapping.progress[0].lanes = {lane_with(2, kNoon), LaneReport{"collecting", 2}};
                   record.lane = 1;
                 },
                 Fate::kCollecting, "among the 2 record(s) that are collected"},
        FateCase{"NotRead", 11, {}, Fate::kNotRead, "has not read the record 11 yet"},
        FateCase{"NoShardYet", 11, [](auto& mapping, auto&) { mapping.progress.clear(); }, Fate::kNotRead,
                 "has not begun with the shard shard-1"},
        FateCase{"WithoutACheckpoint", 3, [](auto&, auto& record) { record.checkpoint.reset(); }, Fate::kNotRead, ""},
        FateCase{"Trimmed", 1, [](auto&, auto& record) { record.presence = RecordFacts::Presence::kTrimmed; },
                 Fate::kTrimmed, "has left the stream"},
        FateCase{"OfAnotherStream", 1,
                 [](auto&, auto& record) {
                   record.presence = RecordFacts::Presence::kOtherStream;
                   record.other_stream = "arn:newer";
                 },
                 Fate::kOtherStream, "is in the stream arn:newer"},
        FateCase{"NoRecord", 1, [](auto&, auto& record) { record.presence = RecordFacts::Presence::kNever; },
                 Fate::kNoRecord, "There is no record 1 in the stream"}),
    [](const auto& one) { return one.param.name; });

TEST(RecordFate, TellsTheAttemptAndTheNext) {
  MappingReport mapping = idle_mapping();
  mapping.progress[0].lanes = {lane_with(2, kNoon)};
  const RecordFate fate = fate_of(mapping, record_of(12));
  EXPECT_EQ(fate.attempt, 2U);
  EXPECT_EQ(fate.next_attempt, kNoon);
}

}  // namespace
}  // namespace millrace::esm
