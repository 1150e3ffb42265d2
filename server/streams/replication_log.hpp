// The changes of a replica on their way to the other regions: a log of one shard, with the new images. It is a stream
// of the catalog, as what goes to Kinesis is, and no request sees it, since its ARN is none. What has been sent is cut
// off at once; what has not stays, however old it gets.
//
// Threads: as Storage, only inside a storage::GroupCommit entry.
#pragma once

#include "server/base/clock.hpp"
#include "server/base/result.hpp"
#include "server/model/table_definition.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::streams {

/// Whether `stream` is such a log, and no stream of a table.
bool is_replication_log(const StreamDescriptor& stream);

/// Makes one for the changes of `table` from now on. Its end is StreamCatalog::remove().
StorageResult<const StreamDescriptor*> create_replication_log(StreamCatalog& catalog,
                                                              const model::TableDefinition& table, TimePoint now);

}  // namespace millrace::streams
