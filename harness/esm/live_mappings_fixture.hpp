// The whole path with nothing simulated but the function: SQLite, group commits, Asio, the REST routes; in a process
// that can be restarted over storage that stays.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/esm/live_mappings.hpp"
#include "harness/esm/mapping_operations.hpp"
#include "harness/esm/source/catalog_source.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/streams/stream_writer.hpp"

namespace millrace::esm {

using Json = nlohmann::json;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Answers when and what the test says. Records what it got.
class ScriptedFunction final : public lambda::Invoker {
 public:
  explicit ScriptedFunction(boost::asio::io_context& io) : io_{io} {}

  void invoke(lambda::Invocation invocation, lambda::InvocationDone done) override {
    events.push_back(Json::parse(*invocation.payload));
    ids_.push_back(invocation.request_id);
    waiting_.push_back(std::move(done));
    if (!hold) answer();
  }
  void withdraw(std::string_view request_id) override {
    if (!waits_for_runtime || ids_.empty() || ids_.back() != request_id) return;
    for (auto& done : std::exchange(waiting_, {})) {
      boost::asio::post(io_, [done = std::move(done)] { done(lambda::InvocationResult{}); });
    }
  }
  [[nodiscard]] std::optional<std::string> waits_for() const override { return waits_for_runtime; }
  void answer() {
    for (auto& done : std::exchange(waiting_, {})) {
      lambda::InvocationResult result;
      const std::string answered = answer_with && !events.empty() ? answer_with(events.back()) : "null";
      result.outcome = failures_left > 0 ? lambda::Outcome::kFunctionError : lambda::Outcome::kSuccess;
      if (failures_left > 0) --failures_left;
      result.payload = result.outcome == lambda::Outcome::kSuccess ? answered : R"({"errorMessage":"boom"})";
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
  std::function<std::string(const Json& event)> answer_with;  ///< what a success answers
  std::optional<std::string> waits_for_runtime;               ///< nobody has begun what is held, for this reason
  std::vector<Json> events;

 private:
  boost::asio::io_context& io_;
  std::vector<std::string> ids_;
  std::vector<lambda::InvocationDone> waiting_;
};

class OneFunction final : public lambda::InvokerDirectory {
 public:
  std::shared_ptr<lambda::Invoker> find(const lambda::FunctionReference& found) override {
    return found.means_latest() && arn_of(found) == kEcho ? function : nullptr;
  }
  std::shared_ptr<ScriptedFunction> function;

  static constexpr std::string_view kEcho = "arn:aws:lambda:us-east-1:000000000000:function:echo";
};

/// Takes messages, or says what the test says. Records what it got.
class ScriptedSender final : public destinations::FailureSender {
 public:
  [[nodiscard]] std::string why_unreachable(std::string_view /*destination_arn*/) const override { return unreachable; }
  boost::asio::awaitable<destinations::SendOutcome> send(destinations::FailureMessage message) override {
    messages.push_back(std::move(message));
    if (outcomes.empty()) co_return destinations::SendOutcome{};
    destinations::SendOutcome outcome = std::move(outcomes.front());
    outcomes.erase(outcomes.begin());
    co_return outcome;
  }

  std::string unreachable;
  std::vector<destinations::FailureMessage> messages;
  std::vector<destinations::SendOutcome> outcomes;  ///< of the next messages; then all arrive
};

/// Stores a function called `name`, unless it is there; within a transaction.
inline void store_function(lambda::FunctionCatalog& catalog, std::string name) {
  if (!catalog.is_free({.account = {}, .name = name})) return;
  const auto function =
      std::make_shared<const lambda::FunctionDefinition>(lambda::FunctionDefinition{.name = std::move(name)});
  EXPECT_TRUE(catalog.create(function).has_value());
}

/// A process: everything that goes when Millrace ends, over storage that stays.
struct Process {
  Process(storage::Storage& storage, Random& random, destinations::FailureSender& sender)
      : engine{storage},
        catalog{storage, random},
        writer{engine.gate(), random},
        source{storage, catalog},
        function_catalog{storage},
        registry{storage, source, function_catalog, engine.emulated_time(), random},
        dead_letters{storage},
        live_mappings{engine, registry, dead_letters, source, functions, random, {}, {{1ms, 5ms}, {}}, &sender} {
    functions.function = std::make_shared<ScriptedFunction>(engine.io());
    EXPECT_TRUE(catalog.load().has_value());
    EXPECT_TRUE(function_catalog.load().has_value());
    EXPECT_TRUE(storage.begin().has_value());
    store_function(function_catalog, "echo");
    EXPECT_TRUE(storage.commit().has_value());
    EXPECT_TRUE(registry.load().has_value());
    EXPECT_TRUE(dead_letters.load().has_value());
    rest::add_operations(router, mapping_operations(),
                         MappingServices{engine, registry, live_mappings, function_catalog}, {});
    live_mappings.start();
  }

  engine::Engine engine;
  streams::StreamCatalog catalog;
  streams::StreamWriter writer;
  CatalogSource source;
  lambda::FunctionCatalog function_catalog;
  OneFunction functions;
  MappingRegistry registry;
  DeadLetterBox dead_letters;
  LiveMappings live_mappings;
  http::Router router;
};

class LiveMappingsTest : public testing::Test {
 protected:
  LiveMappingsTest() { restart(); }

  void restart() {
    process_.reset();
    process_ = std::make_unique<Process>(*storage_, random_, sender_);
  }

  /// Of a mapping that delivers one record at a time: `a` is being invoked, `b` waits, and the update is answered.
  std::string update_during_an_invocation() {
    create_stream();
    const std::string uuid = create_mapping({{"BatchSize", 1}});
    function().hold = true;
    insert("a");
    insert("b");
    EXPECT_FALSE(drain(20ms).drained);
    EXPECT_EQ(call("PUT", kMappings + "/" + uuid, {{"BatchSize", 7}}).body["State"], "Updating");
    return uuid;
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
    stream_arn_ = write([&] { return process_->catalog.create(request, now()).value()->arn; });
  }
  [[nodiscard]] TimePoint now() const { return process_->engine.emulated_time().now(); }
  [[nodiscard]] const streams::StreamDescriptor& stream() const { return *process_->catalog.find(stream_arn_); }

  void insert(const std::string& id, std::uint32_t hash = 0) {
    write([&] {
      const std::string keys = R"({"id":{"S":")" + id + R"("}})";
      streams::ItemChange change;
      change.partition_hash = hash;
      change.keys_json = keys;
      change.new_item_json = keys;
      return *process_->writer.append_change(stream(), change, now()).value();
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
    process_->live_mappings.drain(
        std::move(uuid), process_->engine.real_time().now() + patience, [&](DrainReport answer) {
          // Called on a side thread when records had to be counted; this one turns the handlers.
          boost::asio::post(process_->engine.io(),
                            [&report, answer = std::move(answer)]() mutable { report = std::move(answer); });
        });
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
  Random random_{3};
  ScriptedSender sender_;
  std::unique_ptr<storage::sqlite::SqliteStorage> storage_{storage::sqlite::SqliteStorage::open({}).value()};
  std::string stream_arn_;
  std::unique_ptr<Process> process_;
};

}  // namespace millrace::esm
