// What the two halves of a plan may use. Preparing is handed a reader and so cannot write; applying is handed storage
// and can only fail as the world does. All references outlive the contexts.
#pragma once

#include <string>

#include "server/base/clock.hpp"
#include "server/json/document.hpp"
#include "server/model/attribute_value.hpp"
#include "server/plan/expiry.hpp"
#include "server/plan/transactions.hpp"
#include "server/storage/group_commit.hpp"
#include "server/storage/storage.hpp"
#include "server/streams/stream_writer.hpp"

namespace millrace::plan {

/// What a condition comes to for a stored row, found out before the gate was entered for the write.
struct Judgement {
  std::string row_json;
  model::Item item;  ///< what the row says; taken by the plan if it is still the same
  bool holds{false};
};

struct ReadContext {
  storage::StorageReader& storage;
  /// A place to parse stored items; not the parser that holds the request's body.
  json::Parser& stored_parser;
  /// Of the condition that is going to be prepared, or null.
  Judgement* judgement{nullptr};
  /// Those that a write may not come between; null when there are none, or it waits for them.
  const OngoingTransactions* ongoing{nullptr};
  storage::Ticket group{0};  ///< of the entry into the gate
};

struct WriteContext {
  storage::Storage& storage;
  streams::StreamWriter& stream_writer;
  const Clock& clock;
  json::Parser& stored_parser;
  Transactions* transactions{nullptr};  ///< null where there are none
  storage::Ticket group{0};             ///< of the entry into the gate
  EarliestExpiry* earliest{nullptr};    ///< null where nothing waits for expiries
};

}  // namespace millrace::plan
