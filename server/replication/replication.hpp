// What replication works with: one of a database. Inside the gate only.
#pragma once

#include "server/base/clock.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/document.hpp"
#include "server/plan/context/context.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/stream_catalog.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/vectors/vector_cache.hpp"

namespace millrace::replication {

/// All of it outlives what uses it.
struct Parts {
  storage::Storage& storage;
  catalog::TableCatalog& tables;
  streams::StreamCatalog& streams;
  streams::StreamWriter& stream_writer;
  const Clock& clock;
  plan::EarliestExpiry& earliest;
  plan::TimeMarks& time_marks;
  vectors::VectorCache& vectors;
  plan::Replicating& replicating;

  /// For a write that comes from another region, or from the copying of a replica.
  [[nodiscard]] plan::WriteContext writing(json::Parser& stored_parser) const {
    return {.storage = storage,
            .stream_writer = stream_writer,
            .clock = clock,
            .stored_parser = stored_parser,
            .vectors = vectors,
            .time_marks = time_marks,
            .replicating = replicating,
            .earliest = &earliest};
  }
};

}  // namespace millrace::replication
