// What the two halves of a plan may use. Preparing is handed a reader and so cannot write; applying is handed storage
// and can only fail as the world does. All references outlive the contexts.
#pragma once

#include <span>
#include <string>

#include "server/base/clock.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/plan/context/contributors.hpp"
#include "server/plan/context/expiry.hpp"
#include "server/plan/context/replicating.hpp"
#include "server/plan/context/throughput_limits.hpp"
#include "server/plan/context/time_marks.hpp"
#include "server/plan/context/transactions.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/vectors/vector_cache.hpp"

namespace millrace::plan {

/// A stored row that a write meets, looked into before the gate was entered for the write, and what the condition of
/// the write comes to for it.
struct Judgement {
  std::string row_json;
  model::Item item;  ///< what the row says; taken by the plan if it is still the same
  bool holds{true};  ///< whatever it is without a condition
};

struct ReadContext {
  storage::StorageReader& storage;
  /// A place to parse stored items; not the parser that holds the request's body.
  json::Parser& stored_parser;
  /// Of writes that are going to be prepared.
  std::span<Judgement> judgements{};
  /// Those that a write may not come between; null when there are none, or it waits for them.
  const OngoingTransactions* ongoing{nullptr};
  storage::Ticket group{0};             ///< of the entry into the gate
  ThroughputLimits* limits{nullptr};    ///< null where nothing is throttled
  Contributors* contributors{nullptr};  ///< null where no keys are counted
};

/// Errors: there is no throughput left for a read of the table, or of its index; `pending` as admit() has it.
[[nodiscard]] inline Result<void> admit_read(const ReadContext& context, const catalog::TableEntry& table,
                                             const model::IndexDefinition* index = nullptr, double pending = 0) {
  if (context.limits == nullptr) return {};
  return context.limits->admit(ThroughputLimits::Direction::kRead, table.definition, index, pending);
}
/// The same of what is read by a key, which counts as throttled then; `key` has at least the partition key.
[[nodiscard]] Result<void> admit_read_of(const ReadContext& context, const catalog::TableEntry& table,
                                         const model::IndexDefinition* index, const model::Item& key,
                                         double pending = 0);

struct WriteContext {
  storage::Storage& storage;
  streams::StreamWriter& stream_writer;
  const Clock& clock;
  json::Parser& stored_parser;
  vectors::VectorCache& vectors;        ///< of indexes that are searched
  TimeMarks& time_marks;                ///< for tables that can be restored to a point in time
  Replicating& replicating;             ///< for replicas of global tables
  Transactions* transactions{nullptr};  ///< null where there are none
  storage::Ticket group{0};             ///< of the entry into the gate
  EarliestExpiry* earliest{nullptr};    ///< null where nothing waits for expiries
  ThroughputLimits* limits{nullptr};    ///< null where nothing is charged
  Contributors* contributors{nullptr};  ///< null where no keys are counted
};

}  // namespace millrace::plan
