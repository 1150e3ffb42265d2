// Several mappings on the I/O thread, several writers beside it: run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <thread>
#include <vector>

#include "harness/esm/live_mappings.hpp"
#include "harness/esm/source/catalog_source.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/streams/stream_writer.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::json;

constexpr int kWriters = 4;
constexpr int kRecordsPerWriter = 200;

/// Answers later; keeps what it got, by key.
class CountingFunction final : public lambda::Invoker {
 public:
  explicit CountingFunction(boost::asio::io_context& io) : io_{io} {}

  void invoke(lambda::Invocation invocation, lambda::InvocationDone done) override {
    const Json event = Json::parse(*invocation.payload);
    for (const Json& record : event.at("Records")) {
      const Json& keys = record.at("dynamodb").at("Keys");
      seen_[keys.at("id").at("S").get<std::string>()].push_back(keys.at("n").at("N").get<std::string>());
    }
    boost::asio::post(io_, [done = std::move(done)] { done({lambda::Outcome::kSuccess, "null"}); });
  }
  [[nodiscard]] const std::map<std::string, std::vector<std::string>>& seen() const { return seen_; }

 private:
  boost::asio::io_context& io_;
  std::map<std::string, std::vector<std::string>> seen_;
};

class TwoFunctions final : public lambda::InvokerDirectory {
 public:
  std::shared_ptr<lambda::Invoker> find(const lambda::FunctionReference& function) override {
    const auto found = functions.find(function.name);
    return found == functions.end() ? nullptr : found->second;
  }
  std::map<std::string, std::shared_ptr<CountingFunction>> functions;
};

TEST(RunnerThreadsTest, EveryMappingGetsEveryRecordInTheOrderOfItsKey) {
  const auto storage = storage::sqlite::SqliteStorage::open({}).value();
  Random random{11};
  engine::Engine engine{*storage};
  const Clock& clock = engine.emulated_time();
  streams::StreamCatalog catalog{*storage, random};
  streams::StreamWriter writer{engine.gate(), random};
  CatalogSource source{*storage, catalog};
  TwoFunctions functions;
  lambda::FunctionCatalog function_catalog{*storage};
  MappingRegistry registry{*storage, source, function_catalog, clock, random};
  DeadLetterBox dead_letters{*storage};
  LiveMappings live_mappings{engine, registry, dead_letters, source, functions, random};

  std::string stream_arn;
  {
    const auto entry = engine.gate().enter(storage::Access::kWrite);
    streams::NewStream stream;
    stream.table_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/Orders";
    stream.table_name = "Orders";
    stream.key_schema.hash.push_back({"id", model::AttributeType::kS});
    stream.shard_count = 3;
    stream_arn = catalog.create(stream, clock.now()).value()->arn;
    for (const std::string name : {"one", "two"}) {
      functions.functions[name] = std::make_shared<CountingFunction>(engine.io());
      EXPECT_TRUE(
          function_catalog
              .create(std::make_shared<const lambda::FunctionDefinition>(lambda::FunctionDefinition{.name = name}))
              .has_value());
      const Json body{{"FunctionName", name},
                      {"EventSourceArn", stream_arn},
                      {"StartingPosition", "TRIM_HORIZON"},
                      {"BatchSize", 7}};
      const Mapping& made = *registry.create({}, parse_create_request({.body = body.dump()}).value()).value();
      registry.confirm(made.definition.uuid, made.unconfirmed->change);
      registry.settle(made.definition.uuid);
    }
  }
  live_mappings.start();

  DrainReport report;
  const auto alive = boost::asio::make_work_guard(engine.io());  // as the listener does in production
  std::thread process{[&] { engine.run(); }};
  std::vector<std::thread> writers;
  for (int number = 0; number < kWriters; ++number) {
    writers.emplace_back([&, number] {
      for (int at = 0; at < kRecordsPerWriter; ++at) {
        const std::string keys =
            Json{{"id", {{"S", "writer-" + std::to_string(number)}}}, {"n", {{"N", std::to_string(at)}}}}.dump();
        streams::ItemChange change;
        change.partition_hash = static_cast<std::uint32_t>(number) * 0x40000000U;
        change.keys_json = keys;
        change.new_item_json = keys;
        const auto entry = engine.gate().enter(storage::Access::kWrite);
        EXPECT_TRUE(writer.append_change(*catalog.find(stream_arn), change, clock.now()).has_value());
      }
    });
  }
  for (std::thread& writing : writers) writing.join();
  boost::asio::post(engine.io(), [&] {
    live_mappings.drain(std::nullopt, engine.real_time().now() + std::chrono::seconds{60}, [&](DrainReport answer) {
      report = std::move(answer);
      live_mappings.stop([&] { engine.stop(); });
    });
  });
  process.join();

  EXPECT_TRUE(report.drained);
  std::vector<std::string> in_order;
  for (int at = 0; at < kRecordsPerWriter; ++at) in_order.push_back(std::to_string(at));
  for (const auto& [name, function] : functions.functions) {
    const auto& seen = function->seen();
    EXPECT_EQ(seen.size(), static_cast<std::size_t>(kWriters));
    for (const auto& [key, numbers] : seen) EXPECT_EQ(numbers, in_order) << name << " " << key;
  }
}

}  // namespace
}  // namespace millrace::esm
