// What transfers work with: all of it outlives them.
#pragma once

#include "server/backups/backups.hpp"
#include "server/base/clock.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/plan/context/context.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/vectors/vector_cache.hpp"

namespace millrace::transfers {

struct Surroundings {
  storage::Storage& storage;
  catalog::TableCatalog& tables;
  streams::StreamWriter& stream_writer;
  expression::ExpressionCache& expressions;
  plan::Transactions& transactions;
  plan::EarliestExpiry& earliest_expiry;
  plan::Replicating& replicating;
  backups::Backups& backups;
  vectors::VectorCache& vectors;
  plan::Contributors& contributors;
  const Clock& clock;
};

}  // namespace millrace::transfers
