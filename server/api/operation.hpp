// How an operation is declared: parse -> execute -> write. No HTTP, no threads, no real time.
//
// An operation is a few plain functions in a file of its own. One that changes tables or lists things has three:
//   Result<XRequest>  parse_x(const json::Object& body);                 // shape and constraints, no I/O
//   Result<XResponse> execute_x(OperationContext&, const XRequest&);     // the work, inside the storage gate
//   void              write_x(std::string& out, const XResponse&);       // the answer's JSON
// One that reads items, or writes one, is a plan (server/plan): run_read() and run_plan() say of which functions. The
// file has the table of the request's members, too, and at its end the operation, which has one row in registry.cpp:
//   extern const Operation kX{"DynamoDB_20120810.X", run_operation<parse_x, …>, kMembers.members};
// An operation with expressions or statements parses them too, outside the gate:
//   Result<XRequest>  parse_x(expression::ExpressionCache&, const json::Object& body);
//   Result<XRequest>  parse_x(partiql::StatementCache&, const json::Object& body);
// A test runs the operation with no server. A request may hold views into the body, which outlives it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "server/backups/backups.hpp"
#include "server/base/clock.hpp"
#include "server/base/faults.hpp"
#include "server/base/random.hpp"
#include "server/base/result.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/json/document.hpp"
#include "server/json/object_writer.hpp"
#include "server/members/member.hpp"
#include "server/model/caller.hpp"
#include "server/model/table_reference.hpp"
#include "server/plan/context/context.hpp"
#include "server/plan/context/transactions.hpp"
#include "server/replication/replication.hpp"
#include "server/storage/group_commit.hpp"
#include "server/streams/stream_reader.hpp"
#include "server/transfers/transfers.hpp"
#include "server/vectors/vector_cache.hpp"

namespace millrace::expression {
class ExpressionCache;
}
namespace millrace::partiql {
class StatementCache;
}

namespace millrace::api {

/// What the user may set about the emulated service. Defaults are AWS's, or what serves a tester.
struct ServiceOptions {
  model::Worlds worlds{};
  int shards_per_stream{1};
  /// How long tables are CREATING, UPDATING and DELETING, and backups CREATING; nothing: until the answer has left.
  Duration transient_statuses{};
  bool throttling{false};                  ///< tables have the throughput that they say
  std::string endpoint{"localhost:8000"};  ///< where clients reach this server: what DescribeEndpoints answers
};

/// What an operation may use. All references outlive every operation.
struct Services {
  storage::GroupCommit& gate;
  catalog::TableCatalog& tables;
  streams::StreamCatalog& streams;
  streams::StreamWriter& stream_writer;
  expression::ExpressionCache& expressions;
  partiql::StatementCache& statements;
  plan::Transactions& transactions;
  plan::EarliestExpiry& earliest_expiry;
  plan::Replicating& replicating;
  backups::Backups& backups;
  transfers::Transfers& transfers;
  vectors::VectorCache& vectors;
  plan::Contributors& contributors;
  plan::ThroughputLimits* throughput_limits;  ///< null: nothing is throttled
  const Clock& clock;
  Random& random;
  Faults faults;
  ServiceOptions options;
};

/// Where an operation runs, and so how long it may take.
enum class Lane : std::uint8_t {
  kIo,     ///< on an I/O thread: others wait meanwhile
  kAside,  ///< beside the I/O thread: others wait only while it is in the gate
};

/// What the first half of an item's write may use: it looks, and cannot write.
struct PrepareContext {
  catalog::WorldTables tables;  ///< that the caller sees
  plan::ReadContext read;
  const plan::TransactionTokens& tokens;
  const Clock& clock;
  const Faults& faults;
  Lane lane;
  bool& wants_aside;  ///< to be set, on kIo, when it turns out that the write is long: what is prepared is dropped then
};

/// One request on its way. Made per request, used by one thread.
struct OperationContext {
  Services& services;
  /// Who asks, and so which tables and streams there are.
  model::Caller caller;
  /// A place to parse stored items; not the parser that holds the request's body.
  json::Parser& stored_parser;
  Lane lane{Lane::kAside};
  /// Set, on kIo, by an operation that finds out that it is long before it has changed anything: whatever it returns is
  /// dropped, and it is run again on kAside.
  bool wants_aside{false};
  /// Set, on kIo, by an operation that would write while writes are held: nothing was done; it is run again when the
  /// checkpoint has ended.
  bool waits_for_checkpoint{false};
  std::vector<plan::Judgement> judgements{};
  /// While the operation executes: its right to use storage.
  storage::GroupCommit::Entry* entry{nullptr};
  /// Set when the operation has run: the group its answer must wait for; 0 when there is nothing to wait for.
  storage::Ticket ticket{0};

  /// Between two portions of an operation that need not be atomic: everything may have changed when it returns, the
  /// tables too. Errors: what was written so far is lost.
  Result<void> let_others_in() {
    auto entered = entry->let_others_in();
    ticket = entry->ticket();
    if (entered.has_error()) return base::to_api_error(entered.error());
    return {};
  }

  // Within an entry: what there is for the caller.
  [[nodiscard]] catalog::WorldTables tables() const { return services.tables.of(caller); }
  /// The transition of a change that begins now; none where nothing takes its time.
  [[nodiscard]] std::optional<model::Transition> transition(model::TableStatus status) const {
    if (services.options.transient_statuses == Duration::zero()) return std::nullopt;
    return model::Transition{.status = status, .until = services.clock.now() + services.options.transient_statuses};
  }
  [[nodiscard]] streams::CallerStreams streams() const { return {services.streams, caller}; }

  // Within an entry: what replicas are made, changed and removed with.
  [[nodiscard]] replication::Parts replication() const {
    return {.storage = services.gate.storage(),
            .tables = services.tables,
            .streams = services.streams,
            .stream_writer = services.stream_writer,
            .clock = services.clock,
            .earliest = services.earliest_expiry,
            .time_marks = services.backups.time_marks,
            .vectors = services.vectors,
            .replicating = services.replicating};
  }

  // Within an entry: what the two halves of a plan are given.
  [[nodiscard]] PrepareContext preparing() {
    const auto& ongoing = services.transactions.ongoing;
    return {.tables = tables(),
            .read = {.storage = services.gate.storage(),
                     .stored_parser = stored_parser,
                     .judgements = judgements,
                     .ongoing = ongoing.any(ticket) ? &ongoing : nullptr,
                     .group = ticket,
                     .limits = services.throughput_limits,
                     .contributors = &services.contributors},
            .tokens = services.transactions.tokens,
            .clock = services.clock,
            .faults = services.faults,
            .lane = lane,
            .wants_aside = wants_aside};
  }
  [[nodiscard]] plan::WriteContext applying() {
    return {.storage = services.gate.storage(),
            .stream_writer = services.stream_writer,
            .clock = services.clock,
            .stored_parser = stored_parser,
            .vectors = services.vectors,
            .time_marks = services.backups.time_marks,
            .replicating = services.replicating,
            .transactions = &services.transactions,
            .group = ticket,
            .earliest = &services.earliest_expiry,
            .limits = services.throughput_limits,
            .contributors = &services.contributors};
  }

  /// Counts who read the item with this key, or all with this partition key: once, as the next.
  void count_read(const catalog::TableEntry& table, const model::IndexDefinition* index, const model::Item& key,
                  double units) const {
    if (plan::Contributors::counts(table.definition)) {
      services.contributors.consumed(table.definition, index, key, units);
    }
  }

  /// Charges for what was read: once, when nothing can ask for its being read again.
  void charge_read(const plan::ConsumedCapacity& consumed) const {
    if (services.throughput_limits == nullptr) return;
    services.throughput_limits->charge(plan::ThroughputLimits::Direction::kRead, consumed);
  }
};

/// Bytes that an operation may read or write in the gate before it lets others in.
inline constexpr std::size_t kPortionBytes = std::size_t{1} << 20U;

/// Whether looking `looks` times at items of `bytes` bytes together takes longer than others may wait for. Reading an
/// item counts as four looks; one look may mean to go through all of it, at some nanoseconds a byte.
constexpr bool is_long_work(std::size_t bytes, std::size_t looks) {
  constexpr std::size_t kLooksOfReading = 4;
  constexpr std::size_t kMostBytesSeen = std::size_t{2} << 20U;
  return bytes > kMostBytesSeen / (kLooksOfReading + looks);
}

/// A text of the request that may be absent: a view into the body.
using OptionalText = std::optional<std::string_view>;

/// What is served for a target. Its data lives as long as the process.
struct Operation {
  std::string_view target;  ///< `DynamoDB_20120810.GetItem`
  /// Appends the answer's JSON to `out`, or returns the error. Leaves context.ticket set either way.
  Result<void> (*run)(OperationContext& context, const json::Object& body, std::string& out);
  /// Of its request, in the order in which they are read.
  std::span<const members::Member> members{};
  /// Asked before it runs, for operations that AWS throttles by capacity.
  std::optional<FaultPoint> throttle{};
  /// Asked before it runs, for writes that AWS refuses while a transaction is ongoing for their item.
  std::optional<FaultPoint> conflict{};
};

/// All that is served, sorted by target.
std::span<const Operation* const> operations();

/// The operation of an X-Amz-Target, or null. Case-sensitive, as on AWS.
const Operation* find_operation(std::string_view target);

/// Of an operation that answers with nothing, not even `{}`.
struct NoAnswer {};
inline void write_no_answer(std::string& /*out*/, const NoAnswer& /*answer*/) {}

/// The steps that most operations do not have.
struct NoStep {};

/// Glues the functions of an operation together, once its request is parsed: an operation of several kinds of requests
/// parses them itself and chooses (run_parsed_read() and run_parsed_plan() below are the same). Parsing and writing
/// happen outside the gate, so that several threads do them at the same time; so does what two more steps do, if an
/// operation has them:
///   void         Ahead(OperationContext&, const XRequest&);               // before it, with entries of its own
///   Result<void> Finish(OperationContext&, const XRequest&, XResponse&);  // after it
template <storage::Access kAccess, auto Execute, auto Write, auto Finish = NoStep{}, auto Ahead = NoStep{},
          class Request>
Result<void> run_parsed(OperationContext& context, const Request& request, std::string& out) {
  if constexpr (kAccess == storage::Access::kWrite) {
    context.waits_for_checkpoint = context.lane == Lane::kIo && context.services.gate.holds_writes();
    if (context.waits_for_checkpoint) return {};
  }
  if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(Ahead)>, NoStep>) {
    Ahead(context, request);
    if (context.wants_aside) return {};
  }
  auto response = [&] {
    auto entry = context.services.gate.enter(kAccess);
    context.entry = &entry;
    context.ticket = entry.ticket();
    using Response = decltype(Execute(context, request));
    if (entry.status().has_error()) return Response{base::to_api_error(entry.status().error())};
    return Execute(context, request);
  }();
  if (response.has_error()) return std::move(response).error();
  if constexpr (!std::is_same_v<std::remove_cvref_t<decltype(Finish)>, NoStep>)
    TRY(Finish(context, request, *response));
  if (context.wants_aside) return {};
  Write(out, *response);
  return {};
}

/// What parsing a request gives: with expressions, with statements, or with neither.
template <auto Parse>
auto parse_request(OperationContext& context, const json::Object& body) {
  if constexpr (std::is_invocable_v<decltype(Parse), const json::Object&>) {
    return Parse(body);
  } else if constexpr (std::is_invocable_v<decltype(Parse), partiql::StatementCache&, const json::Object&>) {
    return Parse(context.services.statements, body);
  } else {
    return Parse(context.services.expressions, body);
  }
}

/// Operation::run of an operation whose requests are all carried out alike.
template <auto Parse, storage::Access kAccess, auto Execute, auto Write, auto Finish = NoStep{}, auto Ahead = NoStep{}>
Result<void> run_operation(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_request<Parse>(context, body));
  return run_parsed<kAccess, Execute, Write, Finish, Ahead>(context, request, out);
}

/// The same for an operation that reads items (server/plan): every check in Prepare; Read has nothing left to refuse,
/// and Finish needs no storage.
///   Result<XPrepared>     Prepare(const PrepareContext&, const XRequest&);
///   StorageResult<XFound> Read(const plan::ReadContext&, const XPrepared&, json::ObjectWriter& answer);
///   void                  Finish(OperationContext&, const XRequest&, XFound, json::ObjectWriter& answer);
/// What Read writes into the answer need not be copied again.
template <auto Prepare, auto Read, auto Finish, class Request>
Result<void> run_parsed_read(OperationContext& context, const Request& request, std::string& out) {
  json::ObjectWriter answer{out};
  auto found = [&] {
    auto entry = context.services.gate.enter(storage::Access::kRead);
    context.entry = &entry;
    context.ticket = entry.ticket();
    const auto inside = context.preparing();
    using Prepared = decltype(Prepare(inside, request));
    using Found = Result<typename decltype(Read(inside.read, *std::declval<Prepared>(), answer))::value_type>;
    if (entry.status().has_error()) return Found{base::to_api_error(entry.status().error())};
    Prepared prepared = Prepare(inside, request);
    if (prepared.has_error()) return Found{prepared.error()};
    auto read = Read(inside.read, *std::move(prepared), answer);
    if (read.has_error()) return Found{base::to_api_error(std::move(read).error())};
    return Found{*std::move(read)};
  }();
  if (found.has_error()) return std::move(found).error();
  Finish(context, request, *std::move(found), answer);
  if (!context.wants_aside) answer.finish();
  return {};
}
template <auto Parse, auto Prepare, auto Read, auto Finish>
Result<void> run_read(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_request<Parse>(context, body));
  return run_parsed_read<Prepare, Read, Finish>(context, request, out);
}

/// The same for an operation that is a plan (server/plan): every check in Prepare, which cannot write, and every write
/// in Apply, which has no ApiError to return, so that no answer refuses what is half done.
///   Result<XPrepared>        Prepare(const PrepareContext&, const XRequest&);
///   StorageResult<XResponse> Apply(const plan::WriteContext&, const XRequest&, XPrepared);
template <auto Ahead, auto Prepare, auto Apply, auto Write, class Request>
Result<void> run_parsed_plan(OperationContext& context, const Request& request, std::string& out) {
  constexpr auto execute = [](OperationContext& inside, const Request& wanted) {
    using Response =
        typename decltype(Apply(inside.applying(), wanted, *Prepare(inside.preparing(), wanted)))::value_type;
    auto prepared = Prepare(inside.preparing(), wanted);
    if (prepared.has_error()) return Result<Response>{std::move(prepared).error()};
    if (inside.wants_aside) return Result<Response>{Response{}};
    auto applied = Apply(inside.applying(), wanted, *std::move(prepared));
    if (applied.has_error()) return Result<Response>{base::to_api_error(std::move(applied).error())};
    return Result<Response>{*std::move(applied)};
  };
  return run_parsed<storage::Access::kWrite, execute, Write, NoStep{}, Ahead>(context, request, out);
}
template <auto Parse, auto Ahead, auto Prepare, auto Apply, auto Write>
Result<void> run_plan(OperationContext& context, const json::Object& body, std::string& out) {
  TRY_ASSIGN(const auto request, parse_request<Parse>(context, body));
  return run_parsed_plan<Ahead, Prepare, Apply, Write>(context, request, out);
}

}  // namespace millrace::api
