// The whole path with nothing simulated but the function: SQLite, group commits, Asio, the REST routes.
#include "harness/esm/runner.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "harness/esm/catalog_source.hpp"
#include "harness/esm/mapping_routes.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/streams/stream_writer.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Answers when and what the test says. Records what it got.
class ScriptedFunction final : public lambda::Invoker {
 public:
  explicit ScriptedFunction(boost::asio::io_context& io) : io_{io} {}

  void invoke(lambda::Invocation invocation, lambda::InvocationDone done) override {
    events.push_back(Json::parse(*invocation.payload));
    waiting_.push_back(std::move(done));
    if (!hold) answer();
  }
  void answer() {
    for (auto& done : std::exchange(waiting_, {})) {
      lambda::InvocationResult result;
      result.outcome = failures_left > 0 ? lambda::Outcome::kFunctionError : lambda::Outcome::kSuccess;
      if (failures_left > 0) --failures_left;
      result.payload = result.outcome == lambda::Outcome::kSuccess ? "null" : R"({"errorMessage":"boom"})";
      boost::asio::post(io_, [done = std::move(done), result] { done(result); });
    }
  }
  [[nodiscard]] std::vector<std::string> keys_seen() const {
    std::vector<std::string> keys;
    for (const Json& event : events) {
      for (const Json& record : event["Records"]) {
        keys.push_back(record["dynamodb"]["Keys"]["id"]["S"].get<std::string>());
      }
    }
    return keys;
  }

  bool hold{false};
  int failures_left{0};
  std::vector<Json> events;

 private:
  boost::asio::io_context& io_;
  std::vector<lambda::InvocationDone> waiting_;
};

class OneFunction final : public lambda::InvokerDirectory {
 public:
  std::shared_ptr<lambda::Invoker> find(std::string_view function_name) override {
    return function_name == "echo" ? function : nullptr;
  }
  std::shared_ptr<ScriptedFunction> function;
};

/// A process: everything that goes when Millrace ends, over storage that stays.
struct Process {
  Process(storage::Storage& storage, const Clock& clock, Random& random)
      : engine{storage, clock, 1},
        catalog{storage, random},
        writer{engine.gate(), random},
        source{storage, catalog},
        registry{storage, source, functions, clock, random, {}},
        runner{engine, registry, source, functions, clock, random, {{1ms, 5ms}, {}}} {
    functions.function = std::make_shared<ScriptedFunction>(engine.io());
    EXPECT_TRUE(catalog.load().has_value());
    EXPECT_TRUE(registry.load().has_value());
    add_event_source_mapping_routes(router, {engine, registry, runner});
    runner.start();
  }

  engine::Engine engine;
  streams::StreamCatalog catalog;
  streams::StreamWriter writer;
  CatalogSource source;
  OneFunction functions;
  MappingRegistry registry;
  Runner runner;
  http::Router router;
};

class RunnerTest : public testing::Test {
 protected:
  RunnerTest() { restart(); }

  void restart() {
    process_.reset();
    process_ = std::make_unique<Process>(*storage_, clock_, random_);
  }

  /// Lets the process work until `answer` has a value.
  template <class T>
  void work_until(const std::optional<T>& answer) {
    process_->engine.io().restart();
    while (!answer) ASSERT_GT(process_->engine.io().run_one_for(10s), 0U) << "nothing happens any more";
  }

  /// What `work` returns, after its commit.
  template <class Work>
  auto write(const Work& work) {
    storage::Ticket ticket = 0;
    auto result = [&] {
      const auto entry = process_->engine.gate().enter(storage::Access::kWrite);
      ticket = entry.ticket();
      return work();
    }();
    std::optional<bool> committed;
    boost::asio::co_spawn(
        process_->engine.io(), process_->engine.committed(ticket),
        [&](const std::exception_ptr&, StorageResult<void> outcome) { committed = outcome.has_value(); });
    work_until(committed);
    EXPECT_TRUE(committed.value_or(false));
    return result;
  }

  void create_stream(std::uint32_t shard_count = 1) {
    streams::NewStream request;
    request.table_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Orders";
    request.table_name = "Orders";
    request.table_id = "id-of-Orders";
    request.key_schema.hash.push_back({"id", model::AttributeType::kS});
    request.shard_count = shard_count;
    stream_arn_ = write([&] { return process_->catalog.create(request, clock_.now()).value()->arn; });
  }
  [[nodiscard]] const streams::StreamDescriptor& stream() const { return *process_->catalog.find(stream_arn_); }

  void insert(const std::string& id, std::uint32_t hash = 0) {
    write([&] {
      const std::string keys = R"({"id":{"S":")" + id + R"("}})";
      streams::ItemChange change;
      change.partition_hash = hash;
      change.keys_json = keys;
      change.new_item_json = keys;
      return *process_->writer.append_change(stream(), change, clock_.now()).value();
    });
  }

  struct Answer {
    int status{0};
    Json body;
  };
  Answer call(std::string_view method, const std::string& path, const Json& body = {}) {
    std::string text = body.is_null() ? "" : body.dump();
    http::Request request{method, path, {}, text, [](std::string_view) { return std::string_view{}; }};
    const auto match = process_->router.find(method, path);
    EXPECT_NE(match.handler, nullptr);
    std::optional<http::Response> response;
    boost::asio::co_spawn(process_->engine.io(), (*match.handler)(request, match.parameters),
                          [&](const std::exception_ptr& bug, http::Response answer) {
                            EXPECT_FALSE(bug);
                            response = std::move(answer);
                          });
    work_until(response);
    return {response->status, Json::parse(response->body, nullptr, false)};
  }
  std::string create_mapping(Json further = Json::object()) {
    further["FunctionName"] = "echo";
    further["EventSourceArn"] = stream_arn_;
    if (!further.contains("StartingPosition")) further["StartingPosition"] = "TRIM_HORIZON";
    const Answer answer = call("POST", kMappings, further);
    EXPECT_EQ(answer.status, 202) << answer.body;
    return answer.body.value("UUID", "");
  }
  Json get(const std::string& uuid) { return call("GET", kMappings + "/" + uuid).body; }

  DrainReport drain(Duration patience = 5s, std::optional<std::string> uuid = std::nullopt) {
    std::optional<DrainReport> report;
    process_->runner.drain(std::move(uuid), clock_.now() + patience,
                           [&](DrainReport answer) { report = std::move(answer); });
    work_until(report);
    return *std::move(report);
  }
  [[nodiscard]] std::size_t checkpoint_documents() {
    std::size_t count = 0;
    EXPECT_TRUE(storage_->scan_documents(kCheckpointDocument, [&](auto, auto) { ++count; }).has_value());
    return count;
  }
  ScriptedFunction& function() { return *process_->functions.function; }

  const std::string kMappings{"/2015-03-31/event-source-mappings"};
  base::SystemClock clock_;
  Random random_{3};
  std::unique_ptr<storage::sqlite::SqliteStorage> storage_{storage::sqlite::SqliteStorage::open({}).value()};
  std::string stream_arn_;
  std::unique_ptr<Process> process_;
};

TEST_F(RunnerTest, DeliversWhatIsWrittenBeforeAndAfterTheMapping) {
  create_stream();
  insert("a");
  const std::string uuid = create_mapping();
  insert("b");
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(function().events[0]["Records"][0]["eventSourceARN"], stream_arn_);
  ASSERT_EQ(report.mappings.size(), 1U);
  EXPECT_EQ(report.mappings[0].definition.uuid, uuid);
  EXPECT_EQ(report.mappings[0].statistics.records_delivered, 2U);
  EXPECT_TRUE(report.mappings[0].idle);
  EXPECT_EQ(get(uuid)["LastProcessingResult"], "OK");
}

TEST_F(RunnerTest, DrainOfNothingSucceedsAtOnce) { EXPECT_TRUE(drain().drained); }

TEST_F(RunnerTest, LatestSkipsWhatWasThere) {
  create_stream();
  insert("old");
  create_mapping({{"StartingPosition", "LATEST"}});
  insert("new");
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"new"});
}

TEST_F(RunnerTest, GoesOnWhereItStoodAfterARestart) {
  create_stream();
  create_mapping();
  insert("a");
  EXPECT_TRUE(drain().drained);
  restart();
  EXPECT_EQ(drain().mappings.at(0).statistics.records_delivered, 1U);
  EXPECT_TRUE(function().events.empty());
  insert("b");
  EXPECT_EQ(drain().mappings.at(0).statistics.records_delivered, 2U);
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"b"});
}

TEST_F(RunnerTest, AMappingThatIsSwitchedOffRemembersItsCountersToo) {
  create_stream();
  const std::string uuid = create_mapping({{"MaximumRetryAttempts", 0}});
  function().failures_left = 1;
  insert("given up");
  EXPECT_EQ(drain().mappings.at(0).statistics.discarded, 1U);
  insert("a");
  EXPECT_TRUE(drain().drained);
  call("PUT", kMappings + "/" + uuid, {{"Enabled", false}});
  restart();
  const DrainReport report = drain();
  EXPECT_EQ(report.mappings.at(0).statistics.records_delivered, 1U);
  EXPECT_EQ(report.mappings.at(0).statistics.discarded, 1U);
}

TEST_F(RunnerTest, FollowsAStreamThroughARollOver) {
  create_stream(2);
  create_mapping();
  insert("a");
  write([&] { return process_->catalog.roll_over(stream(), clock_.now()).has_value(); });
  insert("b");
  insert("c", 0xFFFFFFFFU);
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b", "c"}));
}

TEST_F(RunnerTest, ReadsADisabledStreamToItsEnd) {
  create_stream();
  const std::string uuid = create_mapping({{"Enabled", false}});
  insert("a");
  write(
      [&] { return process_->catalog.disable(stream(), streams::StreamStatus::kDisabled, clock_.now()).has_value(); });
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"Enabled", true}}).body["State"], "Enabling");
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(function().keys_seen(), std::vector<std::string>{"a"});
  write([&] { return process_->catalog.remove(stream()).has_value(); });
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(get(uuid)["State"], "Enabled");
}

TEST_F(RunnerTest, RetriesUntilTheFunctionSucceeds) {
  create_stream();
  const std::string uuid = create_mapping();
  function().failures_left = 3;
  insert("a");
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(function().events.size(), 4U);
  EXPECT_EQ(report.mappings[0].statistics.errors, 3U);
  EXPECT_EQ(report.mappings[0].statistics.retries, 3U);
  EXPECT_EQ(report.mappings[0].statistics.last_error, R"({"errorMessage":"boom"})");
}

TEST_F(RunnerTest, GivesUpAfterItsRetriesAndGoesOn) {
  create_stream();
  create_mapping({{"MaximumRetryAttempts", 1}, {"BatchSize", 1}});
  function().failures_left = 2;
  insert("bad");
  insert("good");
  const DrainReport report = drain();
  EXPECT_TRUE(report.drained);
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"bad", "bad", "good"}));
  EXPECT_EQ(report.mappings[0].statistics.discarded, 1U);
}

TEST_F(RunnerTest, ADrainThatDoesNotSucceedSaysWhy) {
  create_stream();
  const std::string uuid = create_mapping();
  const auto function = std::exchange(process_->functions.function, nullptr);
  insert("a");
  insert("b");
  const DrainReport report = drain(30ms);
  EXPECT_FALSE(report.drained);
  ASSERT_EQ(report.stuck.size(), 1U);
  EXPECT_EQ(report.stuck[0].mapping, uuid);
  EXPECT_EQ(report.stuck[0].function, "echo");
  EXPECT_EQ(report.stuck[0].pending_records, 2U);
  EXPECT_TRUE(report.stuck[0].next_retry);
  EXPECT_NE(report.stuck[0].reason.find("because the function 'echo' does not exist"), std::string::npos)
      << report.stuck[0].reason;
  EXPECT_EQ(get(uuid)["LastProcessingResult"], "PROBLEM: Function call failed");
  process_->functions.function = function;
  process_->runner.function_changed("echo");
  EXPECT_TRUE(drain().drained);
}

TEST_F(RunnerTest, AnInvocationThatDoesNotAnswerIsTheReason) {
  create_stream();
  create_mapping();
  function().hold = true;
  insert("a");
  const DrainReport report = drain(30ms);
  ASSERT_EQ(report.stuck.size(), 1U);
  EXPECT_EQ(report.stuck[0].reason, "The function 'echo' is being invoked and has not answered yet.");
  function().hold = false;
  function().answer();
  EXPECT_TRUE(drain().drained);
}

TEST_F(RunnerTest, DisabledMappingsAreSkippedUnlessTheyAreNamed) {
  create_stream();
  const std::string uuid = create_mapping({{"Enabled", false}});
  insert("a");
  EXPECT_EQ(get(uuid)["State"], "Disabled");
  const DrainReport all = drain();
  EXPECT_TRUE(all.drained);
  ASSERT_EQ(all.skipped.size(), 1U);
  EXPECT_EQ(all.skipped[0].pending_records, 1U);
  const DrainReport named = drain(5s, uuid);
  EXPECT_FALSE(named.drained);
  ASSERT_EQ(named.stuck.size(), 1U);
  EXPECT_NE(named.stuck[0].reason.find("disabled"), std::string::npos);
  EXPECT_EQ(drain(5s, "unknown").stuck.at(0).reason, "There is no event source mapping with this UUID.");
  EXPECT_TRUE(function().events.empty());
}

TEST_F(RunnerTest, TransitionsShowInTheAnswerAndAreOverInTheNext) {
  create_stream();
  const Answer created = call(
      "POST", kMappings, {{"FunctionName", "echo"}, {"EventSourceArn", stream_arn_}, {"StartingPosition", "LATEST"}});
  EXPECT_EQ(created.status, 202);
  EXPECT_EQ(created.body["State"], "Creating");
  const auto uuid = created.body["UUID"].get<std::string>();
  EXPECT_EQ(get(uuid)["State"], "Enabled");
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"BatchSize", 5}}).body["State"], "Updating");
  EXPECT_EQ(get(uuid)["State"], "Enabled");
  EXPECT_EQ(get(uuid)["BatchSize"], 5);
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"Enabled", false}}).body["State"], "Disabling");
  EXPECT_EQ(get(uuid)["State"], "Disabled");
  const Answer deleted = call("DELETE", kMappings + "/" + uuid);
  EXPECT_EQ(deleted.status, 202);
  EXPECT_EQ(deleted.body["State"], "Deleting");
  const Answer gone = call("GET", kMappings + "/" + uuid);
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(gone.body["Message"], "The resource you requested does not exist.");
  EXPECT_EQ(checkpoint_documents(), 0U);
}

TEST_F(RunnerTest, DeletingWhileAnInvocationRunsLeavesNoCheckpointBehind) {
  create_stream();
  const std::string uuid = create_mapping();
  function().hold = true;
  insert("a");
  EXPECT_FALSE(drain(20ms).drained);
  EXPECT_EQ(call("DELETE", kMappings + "/" + uuid).body["State"], "Deleting");
  EXPECT_EQ(get(uuid)["State"], "Deleting");
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"BatchSize", 5}}).status, 400);
  function().answer();
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(call("GET", kMappings + "/" + uuid).status, 404);
  EXPECT_EQ(checkpoint_documents(), 0U);
}

TEST_F(RunnerTest, AnUpdateLetsTheInvocationEndAndDoesNotRepeatIt) {
  create_stream();
  const std::string uuid = create_mapping({{"BatchSize", 1}});
  function().hold = true;
  insert("a");
  insert("b");
  EXPECT_FALSE(drain(20ms).drained);
  EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"BatchSize", 7}}).body["State"], "Updating");
  function().hold = false;
  function().answer();
  EXPECT_TRUE(drain().drained);
  EXPECT_EQ(get(uuid)["State"], "Enabled");
  EXPECT_EQ(function().keys_seen(), (std::vector<std::string>{"a", "b"}));
}

TEST_F(RunnerTest, ListsMappings) {
  create_stream();
  const std::string uuid = create_mapping();
  const Answer answer = call("GET", kMappings);
  EXPECT_EQ(answer.status, 200);
  ASSERT_EQ(answer.body["EventSourceMappings"].size(), 1U);
  EXPECT_EQ(answer.body["EventSourceMappings"][0]["UUID"], uuid);
  EXPECT_FALSE(answer.body.contains("NextMarker"));
}

TEST_F(RunnerTest, StopWaitsForWhatIsUnderWay) {
  create_stream();
  create_mapping();
  function().hold = true;
  insert("a");
  EXPECT_FALSE(drain(20ms).drained);
  std::optional<bool> stopped;
  process_->runner.stop([&] { stopped = true; });
  process_->engine.io().poll();
  EXPECT_FALSE(stopped);
  function().answer();
  work_until(stopped);
  EXPECT_EQ(checkpoint_documents(), 1U);
}

}  // namespace
}  // namespace millrace::esm
