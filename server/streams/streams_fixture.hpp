// What the tests of this folder share: an ephemeral storage behind its gate, a catalog, a writer, and virtual time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "server/storage/sqlite/sqlite_storage.hpp"
#include "server/streams/record/stream_record.hpp"
#include "server/streams/stream_reader.hpp"
#include "server/streams/stream_writer.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::streams {

inline constexpr TimePoint kStart{std::chrono::seconds{1'733'006'400}};  // 2024-11-30T22:40:00Z

class StreamsFixture : public testing::Test {
 protected:
  StreamsFixture() {
    gate_.on_commit([this](const std::vector<LogId>& logs) { committed_logs_ = logs; });
  }

  /// What `work` returns, after it was committed.
  template <class Work>
  auto in_transaction(const Work& work) {
    const auto result = [&] {
      const auto entry = gate_.enter(storage::Access::kWrite);
      EXPECT_TRUE(entry.status().has_value());
      return work();
    }();
    EXPECT_TRUE(gate_.flush().outcome.has_value());
    return result;
  }

  const StreamDescriptor& create_stream(std::uint32_t shard_count = 1, const std::string& table = "Orders",
                                        model::StreamViewType view = model::StreamViewType::kNewAndOldImages) {
    NewStream request;
    request.table_arn = "arn:aws:dynamodb:eu-west-1:000000000000:table/" + table;
    request.table_name = table;
    request.table_id = "id-of-" + table;
    request.view = view;
    request.key_schema.hash.push_back({"id", model::AttributeType::kS});
    request.shard_count = shard_count;
    return *in_transaction([&] { return catalog_.create(request, time_.now()).value(); });
  }

  /// Inserts an item whose record is about `padding` bytes long.
  Sequence insert(const StreamDescriptor& stream, std::string_view id, std::size_t padding = 0,
                  std::uint32_t hash = 0) {
    const std::string keys = R"({"id":{"S":")" + std::string{id} + R"("}})";
    const std::string item = R"({"id":{"S":")" + std::string{id} + std::string(padding, 'x') + R"("}})";
    ItemChange change;
    change.partition_hash = hash;
    change.keys_json = keys;
    change.new_item_json = item;
    return in_transaction([&] { return *writer_.append_change(stream, change, time_.now()).value(); });
  }

  void disable(const StreamDescriptor& stream) {
    in_transaction([&] {
      EXPECT_TRUE(catalog_.disable(stream, StreamStatus::kDisabled, time_.now()).has_value());
      return 0;
    });
  }
  void succeed(const StreamDescriptor& stream, const std::vector<Succession>& successions) {
    in_transaction([&] {
      EXPECT_TRUE(catalog_.succeed(stream, successions, time_.now()).has_value());
      return 0;
    });
  }
  /// Gives every open shard one child.
  void roll_over(const StreamDescriptor& stream) {
    std::vector<Succession> successions;
    for (const Shard& shard : stream.shards) {
      if (shard.is_open()) successions.push_back({{shard.shard_id}, {shard.hash_range()}});
    }
    succeed(stream, successions);
  }

  /// Every record of `shard`, as GetRecords shows it.
  nlohmann::json records_of(const Shard& shard) {
    std::string text = "[";
    EXPECT_TRUE(read_shard(*storage_, shard, 0, {}, [&text](const StoredRecord& record) {
                  if (text.size() > 1) text.push_back(',');
                  append_get_records_json(text, record);
                }).has_value());
    return nlohmann::json::parse(text + "]");
  }

  time::VirtualTime time_{kStart};
  Random random_{1};
  std::unique_ptr<storage::sqlite::SqliteStorage> storage_{storage::sqlite::SqliteStorage::open({}).value()};
  storage::GroupCommit gate_{*storage_, [] {}};
  StreamCatalog catalog_{*storage_, random_};
  StreamWriter writer_{gate_, random_};
  std::vector<LogId> committed_logs_;
};

}  // namespace millrace::streams
