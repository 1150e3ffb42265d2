// The streams of this process as the event source mapping sees them: StreamSource over server/streams.
#pragma once

#include "harness/esm/source/stream_source.hpp"
#include "server/base/faults.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::esm {

class CatalogSource final : public StreamSource {
 public:
  /// Both outlive the source.
  CatalogSource(storage::Storage& storage, const streams::StreamCatalog& catalog, Faults faults = {})
      : storage_{storage}, catalog_{catalog}, faults_{faults} {}

  std::optional<std::vector<SourceShard>> shards(std::string_view stream_arn) override;
  std::optional<StreamEnd> end_of(std::string_view stream_arn) override;
  StorageResult<Sequence> latest_position(std::string_view stream_arn, std::string_view shard_id) override;
  StorageResult<Page> read(std::string_view stream_arn, std::string_view shard_id, Sequence after,
                           const ReadLimits& limits, Partitions partitions) override;
  StorageResult<PageLength> count(std::string_view stream_arn, std::string_view shard_id, Sequence after,
                                  const ReadLimits& limits) override;

 private:
  storage::Storage& storage_;
  const streams::StreamCatalog& catalog_;
  const Faults faults_;
};

}  // namespace millrace::esm
