#include "server/streams/replication_log.hpp"

#include <string>

namespace millrace::streams {
namespace {

// The ARN of a log: replication/<ARN of the table>/<label>. No other ARN begins so.
constexpr std::string_view kReplicationLogs = "replication/";

}  // namespace

bool is_replication_log(const StreamDescriptor& stream) { return stream.arn.starts_with(kReplicationLogs); }

StorageResult<const StreamDescriptor*> create_replication_log(StreamCatalog& catalog,
                                                              const model::TableDefinition& table, TimePoint now) {
  return catalog.create({.table_arn = table.arn,
                         .table_name = table.name,
                         .table_id = table.id,
                         .view = model::StreamViewType::kNewImage,
                         .key_schema = table.key_schema,
                         .shard_count = 1,
                         .arn_base = std::string{kReplicationLogs}.append(table.arn)},
                        now);
}

}  // namespace millrace::streams
