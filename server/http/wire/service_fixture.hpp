// For tests of the HTTP shell: services without a database, and a registry of operations that do what a test needs.
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <new>
#include <stdexcept>
#include <string>

#include "server/api/operation.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/engine/scripted_storage.hpp"
#include "server/expression/syntax/expression_cache.hpp"
#include "server/partiql/syntax/statement_cache.hpp"
#include "server/streams/stream_catalog.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::http {

using engine::ScriptedStorage;

class ServiceFixture {
 public:
  ServiceFixture(storage::Storage& storage, storage::GroupCommit& gate)
      : streams_{storage, random_},
        stream_writer_{gate, random_},
        tables_{storage, streams_},
        transactions_{storage},
        backups_{storage, tables_},
        transfers_{{storage, tables_, stream_writer_, expressions_, transactions_, earliest_expiry_, replicating_,
                    backups_, vectors_, contributors_, time_}},
        services_{.gate = gate,
                  .tables = tables_,
                  .streams = streams_,
                  .stream_writer = stream_writer_,
                  .expressions = expressions_,
                  .statements = statements_,
                  .transactions = transactions_,
                  .earliest_expiry = earliest_expiry_,
                  .replicating = replicating_,
                  .backups = backups_,
                  .transfers = transfers_,
                  .vectors = vectors_,
                  .contributors = contributors_,
                  .throughput_limits = nullptr,
                  .clock = time_,
                  .random = random_,
                  .faults = {},
                  .options = {}} {}

  [[nodiscard]] api::Services& services() { return services_; }

 private:
  time::VirtualTime time_{TimePoint{}};
  Random random_{1};
  streams::StreamCatalog streams_;
  streams::StreamWriter stream_writer_;
  catalog::TableCatalog tables_;
  expression::ExpressionCache expressions_;
  partiql::StatementCache statements_;
  plan::Transactions transactions_;
  plan::EarliestExpiry earliest_expiry_;
  plan::Replicating replicating_{tables_};
  backups::Backups backups_;
  vectors::VectorCache vectors_;
  plan::Contributors contributors_;
  transfers::Transfers transfers_;
  api::Services services_;
};

inline storage::Ticket write_something(api::OperationContext& context) {
  return context.services.gate.enter(storage::Access::kWrite).ticket();
}

/// Answers with the request.
inline Result<void> run_echo(api::OperationContext&, const json::Object& body, std::string& out) {
  out.append(simdjson::minify(body));
  return {};
}
/// Answers with as many letters as `size` says.
inline Result<void> run_large(api::OperationContext&, const json::Object& body, std::string& out) {
  const auto size = static_cast<std::size_t>(std::uint64_t{body["size"]});
  out.append("{\"text\":\"").append(size, 'x').append("\"}");
  return {};
}
/// Writes, and so has to wait for a commit.
inline Result<void> run_write(api::OperationContext& context, const json::Object&, std::string& out) {
  context.ticket = write_something(context);
  out.append("{}");
  return {};
}
/// The same as an operation of the registry does it: it waits while writes are held.
inline Result<void> run_held_write(api::OperationContext& context, const json::Object& body, std::string& out) {
  context.waits_for_checkpoint = context.lane == api::Lane::kIo && context.services.gate.holds_writes();
  if (context.waits_for_checkpoint) return {};
  return run_write(context, body, out);
}
inline Result<void> run_fail(api::OperationContext& context, const json::Object&, std::string& out) {
  context.ticket = write_something(context);
  out.append("half an ans");
  return base::validation_error("as asked");
}
inline Result<void> run_throw(api::OperationContext& context, const json::Object&, std::string&) {
  context.ticket = write_something(context);
  throw std::logic_error{"as asked"};
}

inline Result<void> run_exhaust(api::OperationContext&, const json::Object&, std::string&) { throw std::bad_alloc{}; }
/// Finds out that it is long; answers when it need not hurry.
inline Result<void> run_long(api::OperationContext& context, const json::Object&, std::string& out) {
  context.wants_aside = context.lane == api::Lane::kIo;
  out.append(R"({"lane":"aside"})");
  return {};
}

/// Two requests that wait for each other: both are answered only if neither keeps the other waiting.
class MeetingPoint {
 public:
  /// Whether the other came, within a time that no test should take.
  bool meet() {
    std::unique_lock lock{mutex_};
    const int round = come_++ / 2;
    changed_.notify_all();
    return changed_.wait_for(lock, std::chrono::seconds{10}, [&] { return come_ >= 2 * (round + 1); });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int come_{0};
};
inline Result<void> run_meet(api::OperationContext&, const json::Object&, std::string& out) {
  static MeetingPoint point;
  out.append(point.meet() ? R"({"met":true})" : R"({"met":false})");
  return {};
}

/// Waits until the test opens the barrier.
class Barrier {
 public:
  void open(bool is_open) {
    const std::scoped_lock lock{mutex_};
    is_open_ = is_open;
    changed_.notify_all();
  }
  void pass() {
    std::unique_lock lock{mutex_};
    changed_.wait(lock, [this] { return is_open_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool is_open_{false};
};
inline Barrier& barrier() {
  static Barrier instance;
  return instance;
}
inline Result<void> run_pass(api::OperationContext&, const json::Object&, std::string& out) {
  barrier().pass();
  out.append("{}");
  return {};
}

inline const api::Operation* find_test_operation(std::string_view target) {
  static constexpr std::array kOperations{
      api::Operation{"Test.Echo", &run_echo},   api::Operation{"Test.Large", &run_large},
      api::Operation{"Test.Write", &run_write}, api::Operation{"Test.Fail", &run_fail},
      api::Operation{"Test.Throw", &run_throw}, api::Operation{"Test.Exhaust", &run_exhaust},
      api::Operation{"Test.Long", &run_long},   api::Operation{"Test.Meet", &run_meet},
      api::Operation{"Test.Pass", &run_pass},   api::Operation{"Test.HeldWrite", &run_held_write},
  };
  const auto* const found = std::find_if(kOperations.begin(), kOperations.end(),
                                         [&](const api::Operation& operation) { return operation.target == target; });
  return found == kOperations.end() ? nullptr : found;
}

}  // namespace millrace::http
