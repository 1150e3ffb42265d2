// Whole requests of four times the size: little more than four times the work, or no more at all where AWS has a limit.
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "harness/esm/activity_board.hpp"
#include "harness/esm/delivery/batch_response.hpp"
#include "harness/fuzz/steps.hpp"
#include "server/api/api_fixture.hpp"

namespace millrace {
namespace {

using nlohmann::json;

constexpr std::size_t kFew = 500;
constexpr std::uint64_t kMostTimes = 6;

/// `prepare(n)` makes an input of that size and returns the work to count.
template <class Prepare>
void expect_at_most(std::uint64_t times, const Prepare& prepare, std::size_t few) {
  const auto small = prepare(few);
  const auto large = prepare(4 * few);
  const std::uint64_t steps = fuzz::steps_of(small);
  EXPECT_GT(steps, few / 2) << "the work is counted";
  EXPECT_LT(fuzz::steps_of(large), times * steps);
}
template <class Prepare>
void expect_nearly_linear(const Prepare& prepare, std::size_t few = kFew) {
  expect_at_most(kMostTimes, prepare, few);
}

/// Names in no order.
std::string name(std::size_t number) { return "n" + std::to_string(100'000 + number * 7'919 % 99'991); }

class World {
 public:
  World() {
    EXPECT_EQ(call("CreateTable", R"({"TableName":"Tab","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}]})"),
              200);
    api_->time().advance(std::chrono::seconds{1});
  }
  int call(std::string_view operation, const std::string& body) {
    return static_cast<int>(api_->call(operation, body).status);
  }
  /// The work of one request that is answered with `status`.
  auto answering(int status, std::string operation, const json& body) {
    return [api = api_, status, operation = std::move(operation), text = body.dump()] {
      EXPECT_EQ(static_cast<int>(api->call(operation, text).status), status);
    };
  }

 private:
  std::shared_ptr<api::ApiFixture> api_{std::make_shared<api::ApiFixture>()};
};

json key(const std::string& text) { return {{"pk", {{"S", text}}}}; }

TEST(RequestSteps, BatchesEndAtTheirLimits) {
  // Reading the JSON itself is linear; what is made of it is not counted by bytes.
  expect_at_most(
      2,
      [](std::size_t n) {
        json keys = json::array();
        for (std::size_t at = 0; at < n; ++at) keys.push_back(key(name(at)));
        return World{}.answering(400, "BatchGetItem", {{"RequestItems", {{"Tab", {{"Keys", keys}}}}}});
      },
      kFew);
  expect_at_most(
      2,
      [](std::size_t n) {
        json tables;
        for (std::size_t at = 0; at < n; ++at) tables[name(at)] = {{"Keys", json::array({key("x")})}};
        return World{}.answering(400, "BatchGetItem", {{"RequestItems", tables}});
      },
      kFew);
  expect_at_most(
      2,
      [](std::size_t n) {
        json tables;
        for (std::size_t at = 0; at < n; ++at) {
          tables[name(at)] = json::array({{{"DeleteRequest", {{"Key", key("x")}}}}});
        }
        return World{}.answering(400, "BatchWriteItem", {{"RequestItems", tables}});
      },
      kFew);
}

TEST(RequestSteps, PlaceholdersEndWhereNoExpressionCanMentionMore) {
  for (const bool values : {false, true}) {
    expect_at_most(
        2,
        [values](std::size_t n) {
          json entries;
          for (std::size_t at = 0; at < n; ++at) {
            if (values) {
              entries[":" + name(at)] = {{"NULL", true}};
            } else {
              entries["#" + name(at)] = name(at);
            }
          }
          const json text = values ? "SET a = :" + name(0) : "REMOVE #" + name(0);
          return World{}.answering(400, "UpdateItem",
                                   {{"TableName", "Tab"},
                                    {"Key", key("x")},
                                    {"UpdateExpression", text},
                                    {values ? "ExpressionAttributeValues" : "ExpressionAttributeNames", entries}});
        },
        10'000);
  }
}

TEST(RequestSteps, TablesOfManyDefinitionsAndIndexes) {
  const auto definitions = [](std::size_t n) {
    json all = json::array({{{"AttributeName", "pk"}, {"AttributeType", "S"}}});
    for (std::size_t at = 0; at < n; ++at) all.push_back({{"AttributeName", name(at)}, {"AttributeType", "S"}});
    return all;
  };
  expect_nearly_linear([&](std::size_t n) {
    json indexes = json::array();
    for (std::size_t at = 0; at < n; ++at) {
      indexes.push_back({{"IndexName", "index" + name(at)},
                         {"Projection", {{"ProjectionType", "ALL"}}},
                         {"KeySchema", json::array({{{"AttributeName", name(n - 1 - at)}, {"KeyType", "HASH"}}})}});
    }
    return World{}.answering(400, "CreateTable",
                             {{"TableName", "Other"},
                              {"BillingMode", "PAY_PER_REQUEST"},
                              {"AttributeDefinitions", definitions(n)},
                              {"KeySchema", json::array({{{"AttributeName", "pk"}, {"KeyType", "HASH"}}})},
                              {"GlobalSecondaryIndexes", indexes}});
  });
  expect_nearly_linear([&](std::size_t n) {
    return World{}.answering(
        200, "UpdateTable",
        {{"TableName", "Tab"}, {"DeletionProtectionEnabled", true}, {"AttributeDefinitions", definitions(n)}});
  });
}

TEST(RequestSteps, AssigningALargeValueAgainAndAgain) {
  expect_at_most(
      2,
      [](std::size_t n) {
        World world;
        const json list(std::vector<json>(30'000, {{"S", "some text"}}));
        EXPECT_EQ(world.call("PutItem",
                             json{{"TableName", "Tab"}, {"Item", {{"pk", {{"S", "x"}}}, {"l", {{"L", list}}}}}}.dump()),
                  200);
        std::string text{"SET "};
        for (std::size_t at = 0; at < n; ++at)
          text.append(at > 0 ? "," : "").append("a").append(std::to_string(at)).append("=l");
        return world.answering(400, "UpdateItem",
                               {{"TableName", "Tab"}, {"Key", key("x")}, {"UpdateExpression", text}});
      },
      50);
}

TEST(RequestSteps, FilteringAndProjectingPages) {
  expect_nearly_linear(
      [](std::size_t n) {
        World world;
        for (std::size_t at = 0; at < n; ++at) {
          EXPECT_EQ(world.call("PutItem", json{{"TableName", "Tab"}, {"Item", key(name(at))}}.dump()), 200);
        }
        return world.answering(200, "Scan",
                               {{"TableName", "Tab"},
                                {"FilterExpression", "contains(pk, :n)"},
                                {"ProjectionExpression", "pk"},
                                {"ExpressionAttributeValues", {{":n", {{"S", "1"}}}}}});
      },
      100);
}

/// A table with a stream that has had `records` records and `generations` rollovers, and nobody who trims it.
class StreamedWorld {
 public:
  StreamedWorld(std::size_t records, std::size_t generations) {
    const auto created = call("CreateTable", json::parse(R"({"TableName":"Streamed","BillingMode":"PAY_PER_REQUEST",
      "AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"}],
      "KeySchema":[{"AttributeName":"pk","KeyType":"HASH"}],
      "StreamSpecification":{"StreamEnabled":true,"StreamViewType":"NEW_IMAGE"}})"));
    stream_ = created.at("TableDescription").at("LatestStreamArn");
    for (std::size_t generation = 0; generation < generations; ++generation) {
      put(name(generation));
      api_->time().advance(std::chrono::hours{4});
      api_->run_jobs();
    }
    for (std::size_t at = 0; at < records; ++at) put(name(generations + at));
  }
  json call(std::string_view operation, const json& body) {
    const auto answer = api_->call(operation, body.dump());
    EXPECT_EQ(answer.error(), "") << operation;
    return answer.json();
  }
  void put(const std::string& text) { call("PutItem", {{"TableName", "Streamed"}, {"Item", key(text)}}); }
  json iterator(const std::string& type) {
    const json shards = call("DescribeStream", {{"StreamArn", stream_}}).at("StreamDescription").at("Shards");
    return call("GetShardIterator",
                {{"StreamArn", stream_}, {"ShardId", shards.back().at("ShardId")}, {"ShardIteratorType", type}})
        .at("ShardIterator");
  }
  std::size_t read(const json& iterator, std::size_t limit) {
    return call("GetRecords", {{"ShardIterator", iterator}, {"Limit", limit}}).at("Records").size();
  }

 private:
  std::shared_ptr<api::ApiFixture> api_{std::make_shared<api::ApiFixture>()};
  json stream_;
};

TEST(RequestSteps, AStreamThatHasGrownIsReadAndWrittenAsAYoungOne) {
  const auto from = [](const std::string& type, std::size_t records) {
    return [type, records](std::size_t n) {
      const auto world = std::make_shared<StreamedWorld>(n, 1);
      const json iterator = world->iterator(type);
      if (type == "LATEST") {
        for (std::size_t at = 0; at < records; ++at) world->put(name(5'000 + at));
      }
      return [world, iterator, records] { EXPECT_EQ(world->read(iterator, records), records); };
    };
  };
  expect_at_most(2, from("TRIM_HORIZON", 20), 100);
  expect_at_most(2, from("LATEST", 20), 100);
  const auto looking = [](std::size_t n) {
    const auto world = std::make_shared<StreamedWorld>(n, 1);
    return [world] { world->iterator("LATEST"); };
  };
  expect_at_most(2, looking, 100);
  const auto writing = [](std::size_t n) {
    const auto world = std::make_shared<StreamedWorld>(n, 1);
    return [world] {
      for (std::size_t at = 0; at < 20; ++at) world->put(name(5'000 + at));
    };
  };
  expect_at_most(2, writing, 100);
}

TEST(RequestSteps, ClosedShardsDoNotSlowWritesDown) {
  const auto writing = [](std::size_t generations) {
    const auto world = std::make_shared<StreamedWorld>(1, generations);
    return [world] {
      for (std::size_t at = 0; at < 20; ++at) world->put(name(5'000 + at));
    };
  };
  expect_at_most(2, writing, 10);
}

TEST(RequestSteps, BoardsOfManyMappings) {
  // In the order of the board: whoever looks for a busy one passes by all that are idle.
  const auto mapping = [](std::size_t number) { return std::to_string(100'000 + number); };
  expect_nearly_linear([&](std::size_t n) {
    auto work = std::make_shared<time::WorkUnderWay>();
    auto board = std::make_shared<esm::ActivityBoard>(*work);
    for (std::size_t at = 0; at < n; ++at) board->activate(mapping(at));
    return [work, board, n, mapping] {
      bool idle = false;
      board->wait(std::nullopt, [&] { idle = true; });
      for (std::size_t at = 0; at < n; ++at) board->set_activity(mapping(at), esm::Activity::kIdle);
      EXPECT_TRUE(idle);
    };
  });
}

TEST(RequestSteps, FailuresOfManyRecords) {
  expect_nearly_linear([](std::size_t n) {
    json failures = json::array();
    for (std::size_t at = 0; at < n; ++at) failures.push_back({{"itemIdentifier", std::to_string(at + 1)}});
    return [text = json{{"batchItemFailures", failures}}.dump()] {
      EXPECT_TRUE(std::holds_alternative<esm::ItemsFailed>(esm::read_batch_response(text).verdict) ||
                  std::holds_alternative<esm::AllFailed>(esm::read_batch_response(text).verdict));
    };
  });
}

}  // namespace
}  // namespace millrace
