// The records and Lambda events in fixtures/events, for every kind of change, every view type and every type of
// attribute: the server must make them again, byte for byte of their values, with the clock at rest and chance seeded.
// Programs in other languages read the same files (harness/wire), so what is held here is what they can parse.
//
// MILLRACE_WRITE_EVENTS=1 in the environment has the files written instead: look at what has changed before they are
// committed.
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <string>

#include "harness/esm/source/catalog_source.hpp"
#include "server/api/api_fixture.hpp"

namespace millrace::conformance {
namespace {

using GoldenJson = nlohmann::ordered_json;

const std::filesystem::path kFolder = std::filesystem::path{MILLRACE_SOURCE_DIR} / "fixtures" / "events";

GoldenJson read_golden(const std::filesystem::path& path) {
  std::ifstream file{path};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_FALSE(text.empty()) << path;
  return GoldenJson::parse(text, nullptr, false);
}

/// What the file says, or takes `made` for it.
void compare(const std::string& name, const GoldenJson& made) {
  const auto path = kFolder / name;
  if (std::getenv("MILLRACE_WRITE_EVENTS") != nullptr) {
    std::ofstream{path} << made.dump(1) << '\n';
    return;
  }
  const GoldenJson golden = read_golden(path);
  EXPECT_EQ(made.dump(1), golden.dump(1)) << name;
}

class GoldenEvents : public ::testing::TestWithParam<const char*> {
 protected:
  GoldenJson ok(const std::string& operation, const GoldenJson& body) {
    const auto answer = api_.call(operation, body.dump());
    EXPECT_EQ(answer.error(), "") << operation;
    return GoldenJson::parse(answer.body.empty() ? "{}" : answer.body);
  }
  void create_table() {
    const GoldenJson created =
        ok("CreateTable",
           {{"TableName", "events"},
            {"BillingMode", "PAY_PER_REQUEST"},
            {"AttributeDefinitions", GoldenJson::array({{{"AttributeName", "pk"}, {"AttributeType", "S"}}})},
            {"KeySchema", GoldenJson::array({{{"AttributeName", "pk"}, {"KeyType", "HASH"}}})},
            {"StreamSpecification", {{"StreamEnabled", true}, {"StreamViewType", GetParam()}}}});
    stream_ = created.at("TableDescription").at("LatestStreamArn").get<std::string>();
  }
  void put(const GoldenJson& item) { ok("PutItem", {{"TableName", "events"}, {"Item", item}}); }
  void erase() { ok("DeleteItem", {{"TableName", "events"}, {"Key", {{"pk", {{"S", "a"}}}}}}); }

  /// The newest record, as GetRecords and as a function get it.
  GoldenJson newest() {
    const std::string shard = api_.services().streams.find(stream_)->shards.front().shard_id;
    const auto iterator =
        ok("GetShardIterator", {{"StreamArn", stream_}, {"ShardId", shard}, {"ShardIteratorType", "TRIM_HORIZON"}});
    const auto page = ok("GetRecords", {{"ShardIterator", iterator.at("ShardIterator")}});
    esm::CatalogSource source{api_.storage(), api_.services().streams};
    const auto events = source.read(stream_, shard, 0, {}, esm::Partitions::kNone);
    EXPECT_TRUE(events.has_value());
    return {{"record", page.at("Records").back()},
            {"event", {{"Records", GoldenJson::array({GoldenJson::parse(events->records.back().json)})}}}};
  }
  /// `NEW_IMAGE`, INSERT: the file new_image.insert.json.
  static std::string file_of(std::string change) {
    std::string name = GetParam();
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    return name + "." + change + ".json";
  }

  api::ApiFixture api_;
  std::string stream_;
  GoldenJson items_ = read_golden(kFolder / "items.json");  // braces would make an array of it
};

TEST_P(GoldenEvents, Insert) {
  create_table();
  put(items_.at("new"));
  compare(file_of("insert"), newest());
}

TEST_P(GoldenEvents, Modify) {
  create_table();
  put(items_.at("old"));
  put(items_.at("new"));
  compare(file_of("modify"), newest());
}

TEST_P(GoldenEvents, Remove) {
  create_table();
  put(items_.at("new"));
  erase();
  compare(file_of("remove"), newest());
}

TEST_P(GoldenEvents, RemoveByTheService) {
  create_table();
  ok("UpdateTimeToLive",
     {{"TableName", "events"}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", "ends"}}}});
  const auto now = std::chrono::duration_cast<std::chrono::seconds>(api_.time().now().time_since_epoch()).count();
  put({{"pk", {{"S", "a"}}}, {"ends", {{"N", std::to_string(now + 60)}}}});
  api_.time().advance(std::chrono::minutes{2});
  api_.run_jobs();
  compare(file_of("expire"), newest());
}

INSTANTIATE_TEST_SUITE_P(Streams, GoldenEvents,
                         ::testing::Values("NEW_AND_OLD_IMAGES", "NEW_IMAGE", "OLD_IMAGE", "KEYS_ONLY"),
                         [](const auto& view) { return std::string{view.param}; });

}  // namespace
}  // namespace millrace::conformance
