#include "harness/replay/replay.hpp"

#include <fmt/format.h>
#include <fmt/ostream.h>
#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "server/json/tree.hpp"

namespace millrace::replay {
namespace {

using Json = nlohmann::json;

constexpr std::string_view kDynamoDb = "DynamoDB_20120810.";
constexpr std::string_view kStreams = "DynamoDBStreams_20120810.";
constexpr std::string_view kFunctions = "/2015-03-31/functions";
constexpr std::string_view kMappings = "/2015-03-31/event-source-mappings";

std::string target(std::string_view prefix, std::string_view operation) {
  return std::string{prefix}.append(operation);
}

[[noreturn]] void unexpected(std::string_view what, const ApiAnswer& answer) {
  throw std::runtime_error(fmt::format("{}: HTTP {} {}", what, answer.status, millrace::json::print_tree(answer.body)));
}

/// Success, or "exists already": says which.
bool created(std::string_view what, const ApiAnswer& answer, std::ostream& log) {
  const bool exists = answer.error_name() == "ResourceInUseException" || answer.status == 409;
  if (!answer.ok() && !exists) unexpected(what, answer);
  fmt::print(log, "{} {}\n", what, answer.ok() ? "created" : "exists already and is used as it is");
  return answer.ok();
}

std::string latest_stream_arn(ApiClient& client, const std::string& table_name) {
  const auto answer = client.call(target(kDynamoDb, "DescribeTable"), {{"TableName", table_name}});
  if (answer.error_name() == "ResourceNotFoundException") {
    throw std::runtime_error(fmt::format("{} has no table {}: make it with `millrace replay` first",
                                         client.endpoint().to_string(), table_name));
  }
  if (!answer.ok()) unexpected("DescribeTable " + table_name, answer);
  const auto& table = answer.body.at("Table");
  if (!table.contains("LatestStreamArn")) throw std::runtime_error("table " + table_name + " has no stream");
  return table["LatestStreamArn"].get<std::string>();
}

std::int64_t count_shard(ApiClient& client, const std::string& stream_arn, const std::string& shard_id) {
  auto answer = client.call(target(kStreams, "GetShardIterator"),
                            {{"StreamArn", stream_arn}, {"ShardId", shard_id}, {"ShardIteratorType", "TRIM_HORIZON"}});
  if (!answer.ok()) unexpected("GetShardIterator", answer);
  std::int64_t records = 0;
  // An open shard always offers a next iterator; an empty page is its end as far as we are concerned.
  for (Json iterator = answer.body.at("ShardIterator"); !iterator.is_null();) {
    answer = client.call(target(kStreams, "GetRecords"), {{"ShardIterator", iterator}});
    if (!answer.ok()) unexpected("GetRecords", answer);
    const auto page = static_cast<std::int64_t>(answer.body.at("Records").size());
    records += page;
    iterator = page == 0 ? Json{} : answer.body.value("NextShardIterator", Json{});
  }
  return records;
}

std::int64_t count_records(ApiClient& client, const std::string& stream_arn) {
  std::int64_t records = 0;
  Json request{{"StreamArn", stream_arn}};
  for (;;) {
    const auto answer = client.call(target(kStreams, "DescribeStream"), request);
    if (!answer.ok()) unexpected("DescribeStream", answer);
    const auto& description = answer.body.at("StreamDescription");
    for (const auto& shard : description.at("Shards")) {
      records += count_shard(client, stream_arn, shard.at("ShardId").get<std::string>());
    }
    if (!description.contains("LastEvaluatedShardId")) return records;
    request["ExclusiveStartShardId"] = description["LastEvaluatedShardId"];
  }
}

/// Adds up the statistics of the mappings that read `stream_arn` for the fixture's function.
void add_mapping_statistics(const Json& mappings, const std::string& stream_arn, const Fixture& fixture,
                            ReplaySummary& summary) {
  const std::string function = fixture.function ? fixture.function->value("FunctionName", std::string{}) : "";
  for (const auto& mapping : mappings) {
    if (mapping.at("eventSourceArn") != stream_arn) continue;
    if (!mapping.at("functionArn").get<std::string>().ends_with(":" + function) && !function.empty()) continue;
    summary.records_delivered += mapping.at("recordsDelivered").get<std::int64_t>();
    summary.records_discarded += mapping.at("discarded").get<std::int64_t>();
    summary.batches += mapping.at("batches").get<std::int64_t>();
    summary.invocations += mapping.at("invocations").get<std::int64_t>();
    summary.errors += mapping.at("errors").get<std::int64_t>();
    if (mapping.contains("iteratorAgeMilliseconds") && mapping["iteratorAgeMilliseconds"].is_number()) {
      summary.iterator_age_milliseconds = mapping["iteratorAgeMilliseconds"].get<std::int64_t>();
    }
  }
}

void drain(ApiClient& client, const std::string& stream_arn, const Fixture& fixture, const ReplayOptions& options,
           ReplaySummary& summary) {
  const auto answer = client.request("POST", "/_millrace/drain", {{"timeoutSeconds", options.drain_timeout.count()}});
  if (!answer.body.is_object() || !answer.body.contains("drained")) unexpected("/_millrace/drain", answer);
  summary.drained = answer.body["drained"].get<bool>();
  for (const auto& stuck : answer.body.value("stuck", Json::array())) {
    summary.stuck +=
        fmt::format("{}: {}\n", stuck.value("function", std::string{"?"}), stuck.value("reason", std::string{"?"}));
  }
  add_mapping_statistics(answer.body.value("mappings", Json::array()), stream_arn, fixture, summary);
}

bool has_items(ApiClient& client, const std::string& table_name) {
  const auto answer =
      client.call(target(kDynamoDb, "Scan"), {{"TableName", table_name}, {"Select", "COUNT"}, {"Limit", 1}});
  if (!answer.ok()) unexpected("Scan " + table_name, answer);
  return answer.body.at("Count").get<std::int64_t>() > 0;
}

/// How many of the fixture's writes a table that exists already has seen, by the changes in its stream.
std::size_t writes_made_before(ApiClient& client, const Fixture& fixture, std::int64_t changes) {
  // After a day the stream is empty and tells nothing any more; the table still does.
  if (changes == 0) return has_items(client, fixture.table_name()) ? fixture.writes.size() : 0;
  std::size_t made = 0;
  for (; made < fixture.writes.size() && fixture.writes[made].changes <= changes; ++made) {
    changes -= fixture.writes[made].changes;
  }
  return made;
}

void make_writes(ApiClient& client, const Fixture& fixture, std::size_t first, std::ostream& log) {
  const bool terminal = isatty(STDERR_FILENO) != 0;
  for (std::size_t at = first; at < fixture.writes.size(); ++at) {
    const auto& write = fixture.writes[at];
    const auto answer = client.call(target(kDynamoDb, write.target), write.body);
    const bool as_expected = write.expected_error.empty() ? answer.ok() : answer.error_name() == write.expected_error;
    if (!as_expected) {
      unexpected(fmt::format("write {} ({}), which should {}", at + 1, write.target,
                             write.expected_error.empty() ? "succeed" : "be refused with " + write.expected_error),
                 answer);
    }
    if (answer.ok() && !answer.body.value("UnprocessedItems", Json::object()).empty()) {
      unexpected(fmt::format("write {} was not processed whole", at + 1), answer);
    }
    if (terminal && (at % 50 == 0 || at + 1 == fixture.writes.size())) {
      fmt::print(log, "\rwriting {}/{}", at + 1, fixture.writes.size());
      log.flush();
    }
  }
  if (terminal) fmt::print(log, "\n");
}

/// Makes the fixture's function and mapping; false when there is a mapping and it is not new.
bool make_mapping(ApiClient& client, const Fixture& fixture, const std::string& stream_arn,
                  const ReplayOptions& options, std::ostream& log) {
  if (fixture.function) {
    Json function = *fixture.function;
    if (options.external_function) function["Code"] = {{"S3Bucket", "external"}, {"S3Key", "external"}};
    created("function " + function.at("FunctionName").get<std::string>(), client.request("POST", kFunctions, function),
            log);
  }
  if (!fixture.event_source_mapping) return true;
  Json mapping = *fixture.event_source_mapping;
  mapping["EventSourceArn"] = stream_arn;
  return created("event source mapping", client.request("POST", kMappings, mapping), log);
}

}  // namespace

bool ReplaySummary::complete() const {
  return drained && records_discarded == 0 && records_written == records_expected &&
         records_delivered == records_written + records_expired;
}

ReplaySummary replay(ApiClient& client, const Fixture& fixture, const ReplayOptions& options, std::ostream& log) {
  ReplaySummary summary;
  const bool table_is_new =
      created("table " + fixture.table_name(), client.call(target(kDynamoDb, "CreateTable"), fixture.table), log);
  const std::string stream_arn = latest_stream_arn(client, fixture.table_name());
  const std::int64_t records_before = count_records(client, stream_arn);

  const bool mapping_is_new = options.mapping_after_writes || make_mapping(client, fixture, stream_arn, options, log);
  if (options.drain && !mapping_is_new) {
    // What an earlier run left must not count for this one.
    ReplaySummary earlier;
    drain(client, stream_arn, fixture, options, earlier);
    summary.records_delivered -= earlier.records_delivered;
    summary.records_discarded -= earlier.records_discarded;
    summary.batches -= earlier.batches;
    summary.invocations -= earlier.invocations;
    summary.errors -= earlier.errors;
  }

  const std::size_t first =
      options.once && !table_is_new ? writes_made_before(client, fixture, records_before) : std::size_t{0};
  if (first > 0) {
    fmt::print(log, "{} of {} writes were made before and are not made again\n", first, fixture.writes.size());
  }
  summary.writes = static_cast<std::int64_t>(fixture.writes.size() - first);
  for (std::size_t at = first; at < fixture.writes.size(); ++at) summary.records_expected += fixture.writes[at].changes;

  make_writes(client, fixture, first, log);
  if (options.mapping_after_writes) make_mapping(client, fixture, stream_arn, options, log);
  summary.records_written = count_records(client, stream_arn) - records_before;
  if (options.drain) drain(client, stream_arn, fixture, options, summary);
  return summary;
}

ReplaySummary check(ApiClient& client, const Fixture& fixture, const ReplayOptions& options) {
  ReplaySummary summary;
  const std::string stream_arn = latest_stream_arn(client, fixture.table_name());
  drain(client, stream_arn, fixture, options, summary);
  summary.records_written = count_records(client, stream_arn);
  // A record leaves the stream after 24 hours, and only what has been delivered is no loss then.
  if (summary.drained)
    summary.records_expired = std::max<std::int64_t>(0, summary.records_delivered - summary.records_written);
  // The table may well have been written to beside the fixture; it must not have been written to less.
  summary.records_expected = std::max(summary.records_written, fixture.expected_changes() - summary.records_expired);
  return summary;
}

Deployment describe(ApiClient& client, const Fixture& fixture) {
  Deployment deployment;
  const auto described = client.call(target(kDynamoDb, "DescribeTable"), {{"TableName", fixture.table_name()}});
  if (!described.ok()) unexpected("DescribeTable " + fixture.table_name(), described);
  deployment.table = described.body.at("Table");
  if (fixture.function) {
    const auto name = fixture.function->at("FunctionName").get<std::string>();
    const auto function = client.request("GET", std::string{kFunctions}.append("/").append(name));
    if (!function.ok()) unexpected("GetFunction " + name, function);
    deployment.function = function.body.at("Configuration");
  }
  const auto mappings = client.request("GET", kMappings);
  if (!mappings.ok()) unexpected("ListEventSourceMappings", mappings);
  for (const auto& mapping : mappings.body.at("EventSourceMappings")) {
    if (mapping.at("EventSourceArn") == deployment.table.value("LatestStreamArn", std::string{})) {
      deployment.mapping = mapping;
    }
  }
  return deployment;
}

void print(std::ostream& out, const ReplaySummary& summary) {
  fmt::print(out,
             "records written    {:>8}\n"
             "records delivered  {:>8}\n"
             "batches            {:>8}\n"
             "invocations        {:>8}\n"
             "errors             {:>8}\n"
             "iterator age       {:>5} ms\n",
             summary.records_written, summary.records_delivered, summary.batches, summary.invocations, summary.errors,
             summary.iterator_age_milliseconds);
  if (summary.records_expired > 0) fmt::print(out, "of them older than the stream {:>6}\n", summary.records_expired);
  if (summary.records_discarded > 0) fmt::print(out, "records given up   {:>8}\n", summary.records_discarded);
  if (!summary.drained) fmt::print(out, "not drained:\n{}", summary.stuck);
  if (summary.records_written != summary.records_expected) {
    fmt::print(out, "the fixture declares {} changes, the stream holds {}\n", summary.records_expected,
               summary.records_written);
  }
  fmt::print(out, "{}\n",
             summary.complete() ? "every change reached the function" : "NOT every change reached the function");
}

}  // namespace millrace::replay
