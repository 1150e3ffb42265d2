// A registry of mappings over storage in memory, two functions and two streams, and requests to it as their JSON.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "harness/esm/control/mapping_registry.hpp"
#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::esm {

inline const std::string kStream =
    "arn:aws:dynamodb:us-east-1:000000000000:table/Orders/stream/2025-11-25T15:47:40.123";
inline const std::string kOtherStream =
    "arn:aws:dynamodb:us-east-1:000000000000:table/Users/stream/2025-11-25T15:47:40.123";

/// Two shards per stream, the parent at position 10, the child at 20.
class FixedStreams final : public StreamSource {
 public:
  std::optional<std::vector<SourceShard>> shards(std::string_view stream_arn) override {
    if (stream_arn != kStream && stream_arn != kOtherStream) return std::nullopt;
    return std::vector<SourceShard>{{"shard-1", {}, 1}, {"shard-2", {"shard-1"}, 2}};
  }
  std::optional<StreamEnd> end_of(std::string_view /*stream_arn*/) override { return std::nullopt; }
  StorageResult<Sequence> latest_position(std::string_view /*stream_arn*/, std::string_view shard_id) override {
    return Sequence{shard_id == "shard-1" ? 10U : 20U};
  }
  StorageResult<Page> read(std::string_view, std::string_view, Sequence, const ReadLimits&, Partitions) override {
    return Page{};
  }
  StorageResult<PageLength> count(std::string_view, std::string_view, Sequence, const ReadLimits&) override {
    return PageLength{};
  }
};

class MappingRegistryTest : public testing::Test {
 protected:
  explicit MappingRegistryTest(MappingRules rules = {}) : rules_{rules} {
    EXPECT_TRUE(storage_->begin().has_value());
    for (const auto* name : {"echo", "other"}) {
      const lambda::FunctionDefinition function{.name = name};
      EXPECT_TRUE(functions_.create(std::make_shared<const lambda::FunctionDefinition>(function)).has_value());
    }
    EXPECT_TRUE(storage_->commit().has_value());
  }

  /// The mapping that was made, or the error as `kind: message`.
  template <class Work>
  auto write(const Work& work) {
    EXPECT_TRUE(storage_->begin().has_value());
    auto result = work();
    EXPECT_TRUE(storage_->commit().has_value());
    return result;
  }
  Result<const Mapping*> create(const std::string& members) {
    auto parsed = parse_create_request({.body = "{" + members + "}"});
    if (parsed.has_error()) return parsed.error();
    return write([&] { return registry_.create(caller_, *parsed); });
  }
  Result<const Mapping*> update(const std::string& uuid, const std::string& members) {
    auto parsed = parse_update_request({.path = {&uuid, 1}, .body = "{" + members + "}"});
    if (parsed.has_error()) return parsed.error();
    return write([&] { return registry_.update(caller_, *parsed); });
  }
  Result<const Mapping*> remove(const std::string& uuid) {
    return write([&] { return registry_.remove(caller_, uuid); });
  }
  std::string make(const std::string& further = {}) {
    const auto made = create(members(further));
    EXPECT_TRUE(made.has_value()) << made.error().message;
    std::string uuid = (*made)->definition.uuid;
    registry_.settle(uuid);
    return uuid;
  }
  static std::string members(const std::string& further = {}) {
    return R"("FunctionName":"echo","EventSourceArn":")" + kStream + R"(","StartingPosition":"TRIM_HORIZON")" +
           (further.empty() ? "" : "," + further);
  }
  std::map<std::string, std::string> checkpoints() {
    std::map<std::string, std::string> found;
    EXPECT_TRUE(storage_
                    ->scan_documents(kCheckpointDocument,
                                     [&](std::string_view name, std::string_view text) { found.emplace(name, text); })
                    .has_value());
    return found;
  }

  const MappingRules rules_;
  const model::Caller caller_{};
  time::VirtualTime time_{TimePoint{std::chrono::hours{500'000}}};
  Random random_{7};
  FixedStreams streams_;
  std::unique_ptr<storage::sqlite::SqliteStorage> storage_{storage::sqlite::SqliteStorage::open({}).value()};
  lambda::FunctionCatalog functions_{*storage_};
  MappingRegistry registry_{*storage_, streams_, functions_, time_, random_, rules_};
};

}  // namespace millrace::esm
