#include "server/api/api_fixture.hpp"

#include <initializer_list>
#include <stdexcept>
#include <utility>

#include "server/api/unserved_operation.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"

namespace millrace::api {
namespace {

// 2024-03-09T16:00:00.250Z: any fixed time does.
constexpr TimePoint kStart{std::chrono::milliseconds{1'710'000'000'250}};

std::unique_ptr<storage::Storage> open_storage(const FixtureStorage& where) {
  auto opened = storage::sqlite::SqliteStorage::open({.file = where.file, .faults = where.faults});
  if (opened.has_error()) throw std::runtime_error("no storage: " + opened.error().detail);
  return *std::move(opened);
}

const Operation* find_by_short_name(std::string_view target) {
  if (const auto* operation = find_operation(target)) return operation;
  for (const auto* service : {"DynamoDB_20120810.", "DynamoDBStreams_20120810."}) {
    if (const auto* operation = find_operation(std::string{service}.append(target))) return operation;
  }
  return nullptr;
}

ApiFixture::Answer error_answer(const ApiError& error) {
  return {base::traits_of(error.kind).http_status, base::to_body(error)};
}

}  // namespace

std::string ApiFixture::Answer::error() const {
  if (status == 200) return {};
  const auto tree = json();
  const auto type = tree.at("__type").get<std::string>();
  std::string text = type.substr(type.find('#') + 1);
  for (const auto* member : {"message", "Message"}) {
    if (tree.contains(member)) text.append(": ").append(tree.at(member).get<std::string>());
  }
  return text;
}

ApiFixture::ApiFixture(ServiceOptions options, std::uint64_t seed, FixtureStorage storage)
    : time_{kStart},
      random_{seed},
      storage_{open_storage(storage)},
      gate_{*storage_, [] {}},
      streams_{*storage_, random_},
      stream_writer_{gate_, random_},
      tables_{*storage_, streams_},
      services_{.gate = gate_,
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
                .throughput_limits = options.throttling ? &throughput_limits_ : nullptr,
                .clock = time_,
                .random = random_,
                .faults = {},
                .options = std::move(options)} {
  caller = services_.options.worlds.caller_at_home();
  reload();
}

ApiFixture::~ApiFixture() = default;

void ApiFixture::reload() {
  earliest_expiry_.forget();
  vectors_.forget_all();
  replicating_.forget();
  if (streams_.load().has_error() || tables_.load().has_error() || transactions_.tokens.load().has_error() ||
      backups_.load().has_error() || transfers_.load().has_error()) {
    throw std::runtime_error("the catalogs do not load");
  }
}

ApiFixture::Answer ApiFixture::call(std::string_view target, std::string_view body, Lane lane) {
  Answer answer = call_in_group(target, body, lane);
  if (!commit()) throw std::runtime_error("the commit failed");
  return answer;
}

bool ApiFixture::commit() {
  if (gate_.flush().outcome.has_value()) return true;
  reload();
  return false;
}

void ApiFixture::lose_group() {
  struct BrokenOff {};
  try {
    const auto entry = gate_.enter(storage::Access::kWrite);
    throw BrokenOff{};
  } catch (const BrokenOff&) {
    if (commit()) throw std::logic_error("the group was not lost");
  }
}

ApiFixture::Answer ApiFixture::call_in_group(std::string_view target, std::string_view body, Lane lane) {
  const auto object = body_parser_.parse_copy(body);
  if (!object) return error_answer(base::serialization_error());
  const auto* operation = find_by_short_name(target);
  if (operation == nullptr) return error_answer(unserved_operation(target));

  OperationContext context{.services = services_, .caller = caller, .stored_parser = stored_parser_, .lane = lane};
  Answer answer;
  const auto outcome = operation->run(context, *object, answer.body);
  if (context.wants_aside || context.waits_for_checkpoint) {
    return {.status = 0,
            .body = {},
            .wants_aside = context.wants_aside,
            .waits_for_checkpoint = context.waits_for_checkpoint};
  }
  return outcome.has_error() ? error_answer(outcome.error()) : answer;
}

void ApiFixture::run_transfers(transfers::BucketsInMemory& buckets, std::size_t most_steps) {
  for (const std::string& arn : transfers_.take_begun()) {
    for (int runs = 0;; ++runs) {
      if (runs == 10'000) throw std::runtime_error(arn + " does not come to its end");
      const auto mover = transfers_.make_mover(arn);
      if (mover == nullptr || buckets.carry_out(gate_, *mover, most_steps)) break;
      reload();
    }
  }
}

StorageResult<bool> ApiFixture::step_of_a_job() {
  for (storage::Job* const job : std::initializer_list<storage::Job*>{
           &reclaim_, &backfill_, &replication_, &expiry_sweep_, &restore_, &history_sweep_, &settling_, &rollover_}) {
    if (!job->is_pending()) continue;
    const auto entry = gate_.enter(storage::Access::kWrite);
    if (auto done = job->step({}); done.has_error()) return done.error();
    return true;
  }
  return false;
}

bool ApiFixture::run_job_step_in_group() {
  const auto done = step_of_a_job();
  if (done.has_error()) throw std::runtime_error("a job failed: " + done.error().detail);
  return *done;
}

bool ApiFixture::run_job_step() {
  const auto done = step_of_a_job();
  if (done.has_value() && !*done) return false;
  const bool kept = commit();
  if (done.has_error() && kept) throw std::runtime_error("a job failed: " + done.error().detail);
  return true;
}

}  // namespace millrace::api
