#include "server/api/tables/table_stream.hpp"

#include "server/streams/stream_catalog.hpp"

namespace millrace::api {

StorageResult<void> enable_stream(OperationContext& context, model::TableDefinition& table,
                                  model::StreamViewType view) {
  auto& services = context.services;
  const streams::NewStream request{.table_arn = table.arn,
                                   .table_name = table.name,
                                   .table_id = table.id,
                                   .view = view,
                                   .key_schema = table.key_schema,
                                   .shard_count = static_cast<std::uint32_t>(services.options.shards_per_stream)};
  const auto stream = services.streams.create(request, services.clock.now());
  if (stream.has_error()) return stream.error();
  table.stream_view = view;
  table.latest_stream_label = (*stream)->label;
  table.latest_stream_arn = (*stream)->arn;
  return {};
}

StorageResult<void> disable_stream(OperationContext& context, const catalog::TableEntry& entry,
                                   model::TableDefinition& table) {
  auto& services = context.services;
  table.stream_view.reset();
  return services.streams.disable(*entry.stream, streams::StreamStatus::kDisabled, services.clock.now());
}

}  // namespace millrace::api
