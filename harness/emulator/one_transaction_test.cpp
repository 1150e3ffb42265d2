// What a template asks for: a table with its stream, a function and a mapping between them, in one entry of the gate.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <memory>
#include <string>

#include "harness/esm/control/mapping_registry.hpp"
#include "harness/esm/source/catalog_source.hpp"
#include "harness/lambda/catalog/function_catalog.hpp"
#include "harness/lambda/live_functions.hpp"
#include "server/base/faults.hpp"
#include "server/catalog/table_catalog.hpp"
#include "server/engine/engine.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/streams/stream_catalog.hpp"

namespace millrace::emulator {
namespace {

boost::asio::awaitable<bool> work_at_once(std::function<void()> work) {
  work();
  co_return true;
}
boost::asio::awaitable<void> work_aside(std::function<void()> work) {
  work();
  co_return;
}

/// The parts of an emulator that are changed together, put together as it does.
class OneTransactionTest : public testing::Test {
 protected:
  OneTransactionTest() {
    const auto reload = [this] {
      EXPECT_TRUE(streams_.load().has_value());
      EXPECT_TRUE(tables_.load().has_value());
      EXPECT_TRUE(functions_.load().has_value());
      EXPECT_TRUE(mappings_.load().has_value());
    };
    reload();
    engine_.on_lost(reload);
    engine_.on_stored([this] { live_.committed(); });
    live_.start();
  }

  /// All three, in the open entry.
  Result<void> make_all(const lambda::FunctionPointer& function) {
    model::TableDefinition table;
    table.name = "Orders";
    table.arn = model::table_arn({}, table.name);
    table.key_schema.hash.push_back({"id", model::AttributeType::kS});
    table.created = clock_.now();
    TRY_ASSIGN(table.keyspace, storage_->create_keyspace());
    streams::NewStream wanted;
    wanted.table_arn = table.arn;
    wanted.table_name = table.name;
    wanted.key_schema = table.key_schema;
    TRY_ASSIGN(const streams::StreamDescriptor* const stream, streams_.create(wanted, clock_.now()));
    table.stream_view = model::StreamViewType::kNewAndOldImages;
    table.latest_stream_arn = stream->arn;
    TRY(tables_.put(table));
    TRY(functions_.create(function));
    const std::string body = R"({"FunctionName":"on-order","StartingPosition":"TRIM_HORIZON","EventSourceArn":")" +
                             table.latest_stream_arn + R"("})";
    TRY_ASSIGN(const esm::CreateRequest mapping, esm::parse_create_request({.body = body}));
    TRY(mappings_.create(caller_, mapping));
    return {};
  }
  /// Makes all three in one entry; whether that was committed.
  bool make_all_and_wait() {
    const auto prepared = live_.prepare({.name = "on-order", .code = {.location = "echo"}});
    EXPECT_TRUE(prepared.has_value()) << prepared.error().message;
    storage::Ticket ticket = 0;
    {
      const auto entry = engine_.gate().enter(storage::Access::kWrite);
      const Result<void> made = make_all(prepared->definition());
      EXPECT_TRUE(made.has_value()) << made.error().message;
      ticket = entry.ticket();
    }
    EXPECT_EQ(live_.find(function_), nullptr) << "not before the commit";
    bool committed = false;
    boost::asio::co_spawn(engine_.io(), engine_.committed(ticket),
                          [&](const std::exception_ptr& bug, const StorageResult<void>& outcome) {
                            EXPECT_FALSE(bug);
                            committed = outcome.has_value();
                            EXPECT_EQ(live_.find(function_) != nullptr, committed) << "when who waits is told";
                          });
    engine_.io().restart();
    engine_.run();
    return committed;
  }
  struct Found {
    bool table;
    bool function;
    bool mapping;
    bool operator==(const Found&) const = default;
  };
  /// In memory.
  Found find_all() {
    const auto entry = engine_.gate().enter(storage::Access::kRead);
    const bool function = functions_.find(function_) != nullptr;
    EXPECT_EQ(live_.find(function_) != nullptr, function);
    return {tables_.of(caller_).find("Orders") != nullptr, function, !mappings_.all().empty()};
  }
  /// In the database.
  Found find_all_stored() {
    const auto there_are = [this](std::string_view kind) {
      std::size_t count = 0;
      EXPECT_TRUE(storage_->scan_documents(kind, [&](auto, auto) { ++count; }).has_value());
      return count > 0;
    };
    return {there_are("table"), there_are(lambda::kFunctionDocuments), there_are(esm::kMappingDocument)};
  }

  static constexpr Found kNone{false, false, false};
  static constexpr Found kAll{true, true, true};
  const model::Caller caller_{};
  const lambda::FunctionReference function_{.name = "on-order", .account = {}};
  base::FaultPlan plan_;
  Random random_{5};
  std::unique_ptr<storage::Storage> storage_{
      storage::sqlite::SqliteStorage::open({.file = {}, .faults = Faults{plan_}}).value()};
  engine::Engine engine_{*storage_};
  const Clock& clock_{engine_.emulated_time()};
  streams::StreamCatalog streams_{*storage_, random_};
  catalog::TableCatalog tables_{*storage_, streams_};
  lambda::FunctionCatalog functions_{*storage_};
  handler::HandlerCatalog handlers_{handler::built_in_handlers()};
  lambda::LiveFunctions live_{functions_,
                              {engine_.io(),
                               engine_.gate(),
                               engine_.emulated_time(),
                               engine_.real_time(),
                               random_,
                               {},
                               handlers_,
                               {},
                               work_at_once,
                               work_aside},
                              lambda::CodeStore::temporary()};
  esm::CatalogSource source_{*storage_, streams_};
  esm::MappingRegistry mappings_{*storage_, source_, functions_, clock_, random_};
};

TEST_F(OneTransactionTest, MakesATableAFunctionAndAMappingOrNoneOfThem) {
  plan_.set(FaultPoint::kStorageCommit, {.times = 1});
  EXPECT_FALSE(make_all_and_wait());
  EXPECT_EQ(find_all(), kNone);
  EXPECT_EQ(find_all_stored(), kNone);

  EXPECT_TRUE(make_all_and_wait()) << "their names are free again";
  EXPECT_EQ(find_all(), kAll);
  EXPECT_EQ(find_all_stored(), kAll);
}

}  // namespace
}  // namespace millrace::emulator
