// GET /_millrace/streams/{Stream}: the shards of a stream as Millrace keeps them. The stream is given by its ARN, or by
// the name or ARN of its table, whose latest stream is meant (ARNs percent-encoded).
// POST {"action":"rollover"|"split"|"merge","shardId":"…","adjacentShardId":"…"}, all but the first optional: does to
// shards at once what AWS does by itself, and answers the same, with those that were closed and opened.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/admin/admin_operations.hpp"
#include "harness/admin/reshard_request.hpp"
#include "harness/esm/driver/pending_counter.hpp"
#include "harness/esm/source/catalog_source.hpp"
#include "harness/esm/source/timestamp.hpp"
#include "server/json/object_writer.hpp"
#include "server/model/table_reference.hpp"
#include "server/streams/record/sequence_number.hpp"
#include "server/streams/stream_reader.hpp"

namespace millrace::admin {
namespace {

using streams::Shard;
using streams::StreamDescriptor;

/// What a request found, or made, in the gate.
struct ShardsSeen {
  StreamDescriptor stream;
  std::vector<std::string> closed;  ///< by the request
  std::vector<std::string> opened;
};

/// Within the gate. Errors: ResourceNotFoundException.
Result<const StreamDescriptor*> find_stream(const AdminServices& services, const rest::Call& call) {
  const std::string& named = call.path.front();
  const auto found = [&services, &call](std::string_view arn) -> Result<const StreamDescriptor*> {
    auto stream = streams::require_stream({services.streams, call.caller}, arn);
    if (stream.has_error()) return ApiError{ErrorKind::kLambdaResourceNotFound, stream.error().message};
    return stream;
  };
  if (model::parse_stream_arn(named)) return found(named);
  const auto table = services.tables.of(call.caller).require_named(model::TableReference{named});
  if (table.has_error()) return ApiError{ErrorKind::kLambdaResourceNotFound, table.error().message};
  const auto& arn = (*table)->definition.latest_stream_arn;
  if (arn.empty()) return ApiError{ErrorKind::kLambdaResourceNotFound, "The table " + named + " has no stream."};
  return found(arn);
}

/// Within a write entry.
Result<ShardsSeen> reshard(const AdminServices& services, const rest::Call& call, const ReshardRequest& request) {
  TRY_ASSIGN(const StreamDescriptor* const stream, find_stream(services, call));
  TRY_ASSIGN(const auto plan, plan_of(request, *stream));
  std::vector<std::string> before;
  for (const Shard& shard : stream->shards) before.push_back(shard.shard_id);
  TRY(streams::reshard(services.engine.gate(), services.streams, *stream, plan, services.emulated_time.now()));
  ShardsSeen seen{.stream = *stream, .closed = {}, .opened = {}};
  for (const streams::Succession& succession : plan) {
    seen.closed.insert(seen.closed.end(), succession.parents.begin(), succession.parents.end());
  }
  for (const Shard& shard : stream->shards) {
    if (!std::ranges::binary_search(before, shard.shard_id)) seen.opened.push_back(shard.shard_id);
  }
  return seen;
}

void append_texts(std::string& out, const std::vector<std::string>& texts) {
  json::append_list(out, texts, [&out](const std::string& text) { base::append_json_string(out, text); });
}

void append_shard(std::string& out, const Shard& shard, std::uint64_t records) {
  json::ObjectWriter writer{out};
  writer.string("shardId", shard.shard_id);
  append_texts(writer.key("parentShardIds"), shard.parent_shard_ids);
  writer.boolean("open", shard.is_open());
  writer.string("openedAt", esm::to_iso_text(shard.opened));
  if (shard.closed) writer.string("closedAt", esm::to_iso_text(*shard.closed));
  writer.integer("firstHash", shard.first_hash);
  writer.integer("lastHash", shard.last_hash);
  writer.string("startingSequenceNumber", streams::to_sequence_number(shard.starting_sequence));
  if (shard.ending_sequence) {
    writer.string("endingSequenceNumber", streams::to_sequence_number(*shard.ending_sequence));
  }
  if (shard.trimmed_through > 0) {
    writer.string("trimmedThrough", streams::to_sequence_number(shard.trimmed_through));
  }
  writer.integer("records", static_cast<std::int64_t>(records));
  writer.finish();
}

/// Not within the gate: records are counted in portions.
std::string describe(const AdminServices& services, const ShardsSeen& seen) {
  esm::CatalogSource source{services.engine.gate().storage(), services.streams};
  esm::PendingCounter counter{services.engine.gate(), source};
  std::string body;
  json::ObjectWriter writer{body};
  writer.string("streamArn", seen.stream.arn);
  writer.string("tableName", seen.stream.table_name);
  writer.string("streamStatus", streams::to_text(seen.stream.status));
  json::append_list(writer.key("shards"), seen.stream.shards, [&](const Shard& shard) {
    append_shard(body, shard, counter.count(seen.stream.arn, shard.shard_id, 0));
  });
  if (!seen.closed.empty()) {
    append_texts(writer.key("closed"), seen.closed);
    append_texts(writer.key("opened"), seen.opened);
  }
  writer.finish();
  return body;
}

rest::Answer answer(const AdminServices& services, storage::Ticket ticket, Result<ShardsSeen> seen) {
  auto committing = services.engine.committed(ticket);
  if (const auto committed = co_await std::move(committing); committed.has_error()) {
    co_return base::to_api_error(committed.error());
  }
  if (seen.has_error()) co_return seen.error();
  std::string body;
  std::function<void()> work = [&] { body = describe(services, *seen); };
  auto describing = services.engine.aside(std::move(work));
  co_await std::move(describing);
  co_return rest::json_response(200, std::move(body));
}

rest::Answer read_shards(const AdminServices& services, rest::Call& call) {
  storage::Ticket ticket = 0;
  Result<ShardsSeen> seen = ShardsSeen{};
  {
    const auto entry = services.engine.gate().enter(storage::Access::kRead);
    ticket = entry.ticket();
    const auto stream = find_stream(services, call);
    if (stream.has_error()) {
      seen = stream.error();
    } else {
      seen->stream = **stream;
    }
  }
  auto answering = answer(services, ticket, std::move(seen));
  co_return co_await std::move(answering);
}

rest::Answer change_shards(const AdminServices& services, rest::Call& call) {
  const auto request = parse_reshard_request(call.request.body);
  if (request.has_error()) co_return request.error();
  storage::Ticket ticket = 0;
  Result<ShardsSeen> seen = ShardsSeen{};
  {
    const auto entry = services.engine.gate().enter(storage::Access::kWrite);
    if (entry.status().has_error()) co_return base::to_api_error(entry.status().error());
    ticket = entry.ticket();
    seen = reshard(services, call, *request);
  }
  auto answering = answer(services, ticket, std::move(seen));
  co_return co_await std::move(answering);
}

}  // namespace

extern const AdminOperation kReadShards{
    .name = "ReadShards", .method = "GET", .path = "/_millrace/streams/{Stream}", .run = read_shards};
extern const AdminOperation kChangeShards{
    .name = "ChangeShards", .method = "POST", .path = "/_millrace/streams/{Stream}", .run = change_shards};

}  // namespace millrace::admin
