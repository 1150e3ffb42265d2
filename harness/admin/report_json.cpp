#include "harness/admin/report_json.hpp"

#include <fmt/format.h>

#include "harness/esm/source/timestamp.hpp"
#include "server/json/object_writer.hpp"
#include "server/streams/record/sequence_number.hpp"

namespace millrace::admin {
namespace {

void append_shard(std::string& out, const esm::StuckShard& shard) {
  json::ObjectWriter object{out};
  object.string("mapping", shard.mapping);
  object.string("function", shard.function);
  if (!shard.shard.empty()) object.string("shard", shard.shard);
  object.string("reason", shard.reason);
  object.integer("pendingRecords", static_cast<std::int64_t>(shard.pending_records));
  if (!shard.last_error.empty()) object.string("lastError", shard.last_error);
  if (shard.next_retry) object.string("nextRetryAt", esm::to_iso_text(*shard.next_retry));
  object.finish();
}

void append_lane(std::string& out, const esm::LaneReport& lane) {
  json::ObjectWriter object{out};
  object.string("state", lane.state);
  object.integer("recordsHeld", static_cast<std::int64_t>(lane.records_held));
  if (lane.batch) {
    json::ObjectWriter batch{object.key("batch")};
    batch.integer("records", static_cast<std::int64_t>(lane.batch->records));
    if (lane.batch->records > 0) {
      batch.string("firstSequenceNumber", streams::to_sequence_number(lane.batch->first));
      batch.string("lastSequenceNumber", streams::to_sequence_number(lane.batch->last));
    }
    batch.integer("attempt", lane.batch->attempt);
    batch.finish();
  }
  if (lane.next_attempt) object.string("nextAttemptAt", esm::to_iso_text(*lane.next_attempt));
  if (!lane.last_error.empty()) object.string("lastError", lane.last_error);
  object.finish();
}

void append_progress(std::string& out, const esm::ShardReport& shard) {
  json::ObjectWriter object{out};
  object.string("shardId", shard.shard);
  object.string("state", shard.state);
  if (shard.position > 0) object.string("position", streams::to_sequence_number(shard.position));
  object.integer("iteratorAgeMilliseconds", shard.iterator_age_milliseconds);
  if (shard.window) {
    json::ObjectWriter window{object.key("window")};
    window.string("start", esm::to_iso_seconds(shard.window->start));
    window.string("end", esm::to_iso_seconds(shard.window->end));
    window.integer("stateBytes", static_cast<std::int64_t>(shard.window->state.size()));
    window.finish();
  }
  json::append_list(object.key("lanes"), shard.lanes, [&](const auto& lane) { append_lane(out, lane); });
  object.finish();
}

void append_mapping(std::string& out, const esm::MappingReport& report) {
  const auto count = [](std::uint64_t value) { return static_cast<std::int64_t>(value); };
  const esm::MappingStatistics& counted = report.statistics;
  json::ObjectWriter object{out};
  object.string("uuid", report.definition.uuid);
  object.string("functionArn", report.definition.function_arn);
  object.string("eventSourceArn", report.definition.event_source_arn);
  object.string("state", esm::to_text(report.state));
  object.boolean("caughtUp", report.idle);
  object.integer("recordsDelivered", count(counted.records_delivered));
  object.integer("batches", count(counted.batches));
  object.integer("invocations", count(counted.invocations));
  object.integer("errors", count(counted.errors));
  object.integer("throttles", count(counted.throttles));
  object.integer("serviceErrors", count(counted.service_errors));
  object.integer("retries", count(counted.retries));
  object.integer("discarded", count(counted.discarded));
  if (report.dead_letters > 0) object.integer("deadLetters", count(report.dead_letters));
  if (counted.destination_deliveries > 0) {
    object.integer("destinationDeliveries", count(counted.destination_deliveries));
  }
  if (counted.destination_delivery_failures > 0) {
    object.integer("destinationDeliveryFailures", count(counted.destination_delivery_failures));
  }
  object.integer("iteratorAgeMilliseconds", counted.iterator_age_milliseconds);
  object.string("lastProcessingResult", counted.last_processing_result);
  if (!counted.last_error.empty()) object.string("lastError", counted.last_error);
  if (!counted.last_discard.empty()) object.string("lastDiscard", counted.last_discard);
  if (!report.warning.empty()) object.string("warning", report.warning);
  if (!report.shards.empty())
    json::append_list(object.key("shards"), report.shards, [&](const auto& shard) { append_shard(out, shard); });
  if (!report.progress.empty()) {
    json::append_list(object.key("progress"), report.progress, [&](const auto& shard) { append_progress(out, shard); });
  }
  object.finish();
}

void append_mappings(json::ObjectWriter& object, const std::vector<esm::MappingReport>& reports) {
  std::string& out = object.key("mappings");
  json::append_list(out, reports, [&](const esm::MappingReport& report) { append_mapping(out, report); });
}

void add_clock(json::ObjectWriter& object, const time::AdjustableTime& clock) {
  constexpr double kMicroseconds = 1e6;
  const TimePoint now = clock.now();
  object.string("now", esm::to_iso_text(now));
  object.timestamp("epochSeconds", now);
  object.boolean("frozen", clock.is_frozen());
  object.boolean("advancing", clock.is_advancing());
  object.decimal("aheadOfRealTimeSeconds", static_cast<double>(clock.ahead().count()) / kMicroseconds);
}

}  // namespace

void append_json(std::string& out, const esm::DrainReport& report, const time::AdjustableTime& clock) {
  json::ObjectWriter object{out};
  object.boolean("drained", report.drained);
  append_mappings(object, report.mappings);
  const auto append = [&](const esm::StuckShard& shard) { append_shard(out, shard); };
  if (!report.drained) json::append_list(object.key("stuck"), report.stuck, append);
  if (!report.replicated) {
    object.string("replication", "Changes of global tables are still on their way to other regions.");
  }
  if (!report.drained && clock.is_frozen()) {
    object.string("clock", "The clock is frozen at " + esm::to_iso_text(clock.now()) +
                               ": what waits for a time to come does not move. POST /_millrace/clock moves it, with "
                               "{\"advance\":\"1m\"}, or lets it run, with {\"freeze\":false}.");
  }
  if (!report.skipped.empty()) json::append_list(object.key("skipped"), report.skipped, append);
  object.finish();
}

void append_clock_json(std::string& out, const time::AdjustableTime& clock) {
  json::ObjectWriter object{out};
  add_clock(object, clock);
  object.finish();
}

void append_stopped_clock_json(std::string& out, const time::AdjustableTime& clock, TimePoint target,
                               std::string_view message, const std::vector<esm::MappingReport>& reports) {
  std::vector<esm::StuckShard> stuck;
  for (const esm::MappingReport& report : reports) {
    stuck.insert(stuck.end(), report.shards.begin(), report.shards.end());
  }
  json::ObjectWriter object{out};
  add_clock(object, clock);
  object.string("target", esm::to_iso_text(target));
  object.string("message", message);
  json::append_list(object.key("stuck"), stuck, [&](const esm::StuckShard& shard) { append_shard(out, shard); });
  object.finish();
}

void append_faults_json(std::string& out, const std::optional<base::FaultReport>& report) {
  const auto number = [](json::ObjectWriter& object, std::string_view name, auto value) {
    object.raw(name, fmt::format("{}", value));
  };
  json::ObjectWriter object{out};
  object.boolean("planned", report.has_value());
  if (report) number(object, "seed", report->seed);
  json::ObjectWriter points{object.key("points")};
  for (const base::FaultPointTraits& traits : base::fault_points()) {
    json::ObjectWriter point{points.key(traits.name)};
    point.string("meaning", traits.meaning);
    if (report) {
      const base::FaultPointReport& counted = report->points[static_cast<std::size_t>(traits.point)];
      if (counted.rule) {
        number(point, "probability", counted.rule->probability);
        number(point, "after", counted.rule->after);
        if (counted.rule->times) number(point, "times", *counted.rule->times);
      }
      number(point, "passed", counted.passed);
      number(point, "fired", counted.fired);
    }
    point.finish();
  }
  points.finish();
  object.finish();
}

void append_status_json(std::string& out, std::string_view version, const std::vector<esm::MappingReport>& reports) {
  json::ObjectWriter object{out};
  object.string("version", version);
  append_mappings(object, reports);
  object.finish();
}

namespace {

void append_fate(std::string& out, const esm::RecordFacts& record, const esm::RecordFate& fate) {
  json::ObjectWriter object{out};
  if (record.presence == esm::RecordFacts::Presence::kThere) {
    object.string("sequenceNumber", streams::to_sequence_number(record.sequence));
    object.string("shardId", record.shard);
    object.string("createdAt", esm::to_iso_text(record.created));
  }
  object.string("fate", esm::to_text(fate.fate));
  object.string("why", fate.sentence);
  if (fate.attempt) object.integer("attempt", *fate.attempt);
  if (fate.next_attempt) object.string("nextAttemptAt", esm::to_iso_text(*fate.next_attempt));
  if (!fate.filters.empty()) {
    json::append_list(object.key("filters"), fate.filters, [&out](const esm::Explanation& filter) {
      json::ObjectWriter entry{out};
      json::append_list(entry.key("refusals"), filter.refusals, [&out](const esm::Explanation::Refusal& refusal) {
        json::ObjectWriter clause{out};
        clause.string("path", refusal.path);
        clause.string("wants", refusal.wants);
        clause.string("found", refusal.found);
        clause.string("why", refusal.sentence);
        clause.finish();
      });
      entry.finish();
    });
  }
  object.finish();
}

}  // namespace

void append_why_json(std::string& out, const esm::WhyReport& report) {
  json::ObjectWriter object{out};
  object.string("mapping", report.mapping.definition.uuid);
  object.string("function", report.mapping.definition.function_name);
  object.string("state", esm::to_text(report.mapping.state));
  std::size_t at = 0;
  json::append_list(object.key("records"), report.records,
                    [&](const esm::RecordFacts& record) { append_fate(out, record, report.fates[at++]); });
  object.finish();
}

}  // namespace millrace::admin
