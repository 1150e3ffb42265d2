// Random programs of everything that changes items (single writes, batches, transactions, statements, time to live),
// with commits that are lost, writes to storage that fail, restarts and restores, against a plain model in memory.
// After every step table, index and stream must tell the same: what the stream tells, told again, is the table.
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "server/api/api_fixture.hpp"
#include "server/base/faults.hpp"
#include "server/base/random.hpp"
#include "server/base/scratch_directory.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;

// 2024-03-09T16:00:00.250Z: any time does that is not before the fixture's.
constexpr TimePoint kStart{std::chrono::milliseconds{1'710'000'000'250}};

struct ModelItem {
  std::int64_t n{0};
  std::string group;
  std::optional<std::int64_t> gone;  ///< second of its expiry

  friend bool operator==(const ModelItem&, const ModelItem&) = default;
};
using Contents = std::map<std::string, ModelItem>;

Json text(const std::string& value) { return {{"S", value}}; }
Json number(std::int64_t value) { return {{"N", std::to_string(value)}}; }

Json to_json(const std::string& key, const ModelItem& item) {
  Json json{
      {"p", text(key)}, {"n", number(item.n)}, {"g", text(item.group)}, {"v", {{"L", Json::array({number(item.n)})}}}};
  if (item.gone) json["gone"] = number(*item.gone);
  return json;
}

std::pair<std::string, ModelItem> from_json(const Json& json) {
  ModelItem item{.n = std::stoll(json.at("n").at("N").get<std::string>()),
                 .group = json.at("g").at("S").get<std::string>(),
                 .gone = {}};
  if (json.contains("gone")) item.gone = std::stoll(json.at("gone").at("N").get<std::string>());
  return {json.at("p").at("S").get<std::string>(), item};
}

/// A change of the model, and the member of BatchWriteItem, TransactWriteItems or a request of its own that makes it.
struct Change {
  std::string key;
  std::optional<ModelItem> after;  ///< nothing: it is deleted
};

/// What befalls the storage of a program.
struct Misfortune {
  bool in_file{false};            ///< a database file, which is closed and opened again instead of a restart in memory
  bool every_write_fails{false};  ///< each change is tried with each of its writes failing in turn, before it succeeds
};

class ItemsModel {
 public:
  explicit ItemsModel(std::uint64_t seed, Misfortune misfortune = {}) : misfortune_{misfortune}, random_{seed} {
    open(kStart);
    const Json made = call(
        "CreateTable",
        {{"TableName", "Items"},
         {"BillingMode", "PAY_PER_REQUEST"},
         {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}},
                                               {{"AttributeName", "g"}, {"AttributeType", "S"}},
                                               {{"AttributeName", "n"}, {"AttributeType", "N"}}})},
         {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}}})},
         {"StreamSpecification", {{"StreamEnabled", true}, {"StreamViewType", "NEW_AND_OLD_IMAGES"}}},
         {"GlobalSecondaryIndexes",
          Json::array({{{"IndexName", "by_g"},
                        {"KeySchema", Json::array({{{"AttributeName", "g"}, {"KeyType", "HASH"}},
                                                   {{"AttributeName", "n"}, {"KeyType", "RANGE"}}})},
                        {"Projection", {{"ProjectionType", "ALL"}}}}})},
         {"VectorIndexes",
          Json::array({{{"IndexName", "near"},
                        {"VectorAttribute", {{"AttributeName", "v"}}},
                        {"Dimensions", 1},
                        {"DistanceFunction", "EUCLIDEAN"},
                        {"SearchSchema", Json::array({{{"AttributeName", "g"}, {"SearchSchemaElementType", "HASH"}}})},
                        {"Projection", {{"ProjectionType", "ALL"}}}}})}});
    call("UpdateTimeToLive",
         {{"TableName", "Items"}, {"TimeToLiveSpecification", {{"Enabled", true}, {"AttributeName", "gone"}}}});
    call("UpdateContinuousBackups",
         {{"TableName", "Items"}, {"PointInTimeRecoverySpecification", {{"PointInTimeRecoveryEnabled", true}}}});
    const Json arn = made.at("TableDescription").at("LatestStreamArn");
    const Json shard = call("DescribeStream", {{"StreamArn", arn}}).at("StreamDescription").at("Shards").at(0);
    iterator_ = call("GetShardIterator",
                     {{"StreamArn", arn}, {"ShardId", shard.at("ShardId")}, {"ShardIteratorType", "TRIM_HORIZON"}})
                    .at("ShardIterator")
                    .get<std::string>();
    begin_ = second();
    remember();
  }

  void step() {
    switch (random_.next() % 16) {
      case 0: pass(); break;
      case 1: restart(); break;
      case 2: lose(); break;
      case 3: restore(); break;
      case 4: batch(); break;
      case 5:
      case 6: transaction(); break;
      case 7: insert_statement(); break;
      case 8: update_statement(); break;
      case 9: delete_statement(); break;
      case 10: erase(); break;
      case 11:
      case 12: update(); break;
      default: put(); break;
    }
    remember();
    compare();
  }

 private:
  std::int64_t second() {
    return std::chrono::floor<std::chrono::seconds>(api_->time().now().time_since_epoch()).count();
  }
  void remember() { seconds_[second()] = items_; }
  std::string key() { return "k" + std::to_string(random_.next() % 12); }
  std::int64_t small() { return static_cast<std::int64_t>(random_.next() % 10); }
  ModelItem item() {
    ModelItem made{.n = small(), .group = "g" + std::to_string(random_.next() % 3), .gone = {}};
    if (random_.next() % 4 == 0) made.gone = second() - 2 + small();
    return made;
  }

  /// `operation` must answer with `error`; the answer's body otherwise.
  Json call(const std::string& operation, const Json& body, const std::string& error = {}) {
    if (misfortune_.every_write_fails) fail_each_write(operation, body.dump());
    const auto answer = api_->call(operation, body.dump());
    EXPECT_EQ(answer.error().substr(0, answer.error().find(':')), error) << operation << " " << body.dump();
    return answer.status == 200 && !answer.body.empty() ? answer.json() : Json{};
  }
  /// With the first of its writes to storage failing, then the second, and so on: nothing of it may happen, whatever it
  /// answers. Returns when all have had their turn, and the request has not been carried out.
  void fail_each_write(const std::string& operation, const std::string& body) {
    for (std::uint64_t number = 0;; ++number) {
      faults_.set(FaultPoint::kStorageWrite, {.after = number, .times = 1});
      static_cast<void>(api_->call_in_group(operation, body));
      const bool fired = faults_.report()->points.at(static_cast<std::size_t>(FaultPoint::kStorageWrite)).fired > 0;
      faults_.remove();
      if (!fired) {
        api_->lose_group();
        return;
      }
      EXPECT_FALSE(api_->commit()) << operation << " " << body << " with write " << number << " failing";
    }
  }
  void change(const Change& change) {
    if (change.after) {
      items_[change.key] = *change.after;
    } else {
      items_.erase(change.key);
    }
  }
  bool exists(const std::string& key) const { return items_.contains(key); }

  // --- Single writes ---

  void put() {
    const std::string at = key();
    const ModelItem next = item();
    Json request{{"TableName", "Items"}, {"Item", to_json(at, next)}};
    const bool only_new = random_.next() % 2 == 0;
    if (only_new) request["ConditionExpression"] = "attribute_not_exists(p)";
    const bool refused = only_new && exists(at);
    call("PutItem", request, refused ? "ConditionalCheckFailedException" : "");
    if (!refused) change({at, next});
  }
  void update() {
    const std::string at = key();
    const std::int64_t added = small();
    const std::string group = item().group;
    Json request{{"TableName", "Items"},
                 {"Key", {{"p", text(at)}}},
                 {"UpdateExpression", "SET n = if_not_exists(n, :zero) + :added, g = :g REMOVE gone"},
                 {"ExpressionAttributeValues", {{":zero", number(0)}, {":added", number(added)}, {":g", text(group)}}}};
    const std::int64_t most = small();
    const bool bounded = random_.next() % 2 == 0;
    if (bounded) {
      request["ConditionExpression"] = "n < :most";
      request["ExpressionAttributeValues"][":most"] = number(most);
    }
    const bool refused = bounded && (!exists(at) || items_.at(at).n >= most);
    call("UpdateItem", request, refused ? "ConditionalCheckFailedException" : "");
    if (!refused) change({at, ModelItem{.n = (exists(at) ? items_.at(at).n : 0) + added, .group = group, .gone = {}}});
  }
  void erase() {
    const std::string at = key();
    call("DeleteItem", {{"TableName", "Items"}, {"Key", {{"p", text(at)}}}});
    change({at, {}});
  }

  // --- Several at once ---

  std::vector<Change> changes(std::size_t count) {
    std::map<std::string, Change> chosen;
    while (chosen.size() < count) {
      Change next{key(), {}};
      if (random_.next() % 3 != 0) next.after = item();
      chosen.insert_or_assign(next.key, next);
    }
    std::vector<Change> list;
    for (auto& [at, next] : chosen) list.push_back(std::move(next));
    return list;
  }
  void batch() {
    Json writes = Json::array();
    const auto list = changes(3);
    for (const Change& next : list) {
      writes.push_back(next.after ? Json{{"PutRequest", {{"Item", to_json(next.key, *next.after)}}}}
                                  : Json{{"DeleteRequest", {{"Key", {{"p", text(next.key)}}}}}});
    }
    call("BatchWriteItem", {{"RequestItems", {{"Items", writes}}}});
    for (const Change& next : list) change(next);
  }
  void transaction() {
    Json members = Json::array();
    auto list = changes(3);
    // The last one is only looked at.
    const std::string checked = list.back().key;
    list.pop_back();
    for (const Change& next : list) {
      members.push_back(next.after ? Json{{"Put", {{"TableName", "Items"}, {"Item", to_json(next.key, *next.after)}}}}
                                   : Json{{"Delete", {{"TableName", "Items"}, {"Key", {{"p", text(next.key)}}}}}});
    }
    members.push_back(
        {{"ConditionCheck",
          {{"TableName", "Items"}, {"Key", {{"p", text(checked)}}}, {"ConditionExpression", "attribute_exists(p)"}}}});
    call("TransactWriteItems", {{"TransactItems", members}}, exists(checked) ? "" : "TransactionCanceledException");
    if (!exists(checked)) return;
    for (const Change& next : list) change(next);
  }

  // --- Statements ---

  void insert_statement() {
    const std::string at = key();
    const ModelItem next{.n = small(), .group = "g0", .gone = {}};
    call("ExecuteStatement",
         {{"Statement", "INSERT INTO \"Items\" VALUE {'p': ?, 'n': ?, 'g': 'g0'}"},
          {"Parameters", Json::array({text(at), number(next.n)})}},
         exists(at) ? "DuplicateItemException" : "");
    if (!exists(at)) change({at, next});
  }
  void update_statement() {
    const std::string at = key();
    call("ExecuteStatement",
         {{"Statement", "UPDATE \"Items\" SET n = n + 1 SET g = 'g1' WHERE p = ?"},
          {"Parameters", Json::array({text(at)})}},
         exists(at) ? "" : "ConditionalCheckFailedException");
    if (!exists(at)) return;
    ModelItem next = items_.at(at);
    next.n += 1;
    next.group = "g1";
    change({at, next});
  }
  void delete_statement() {
    const std::string at = key();
    const std::int64_t least = small();
    const bool refused = exists(at) && items_.at(at).n <= least;
    call("ExecuteStatement",
         {{"Statement", "DELETE FROM \"Items\" WHERE p = ? AND n > ?"},
          {"Parameters", Json::array({text(at), number(least)})}},
         refused ? "ConditionalCheckFailedException" : "");
    if (!refused) change({at, {}});
  }

  // --- What happens around them ---

  void open(TimePoint now) {
    FixtureStorage where{.file = {}, .faults = Faults{faults_}};
    if (misfortune_.in_file) where.file = directory_.path() / "items.db";
    api_.emplace(ServiceOptions{}, random_.next(), std::move(where));
    api_->time().advance(now - api_->time().now());
  }
  /// As after kill -9 between two requests, when it is a file: nothing that was in memory helps.
  void restart() {
    if (!misfortune_.in_file) return api_->reload();
    const TimePoint now = api_->time().now();
    api_.reset();
    open(now);
  }
  void run_jobs() {
    if (misfortune_.every_write_fails) {
      faults_.set(FaultPoint::kStorageWrite, {.after = random_.next() % 4, .times = 1});
    }
    api_->run_jobs();
    faults_.remove();
    std::erase_if(items_,
                  [now = second()](const auto& entry) { return entry.second.gone && *entry.second.gone <= now; });
  }
  void pass() {
    api_->time().advance(std::chrono::milliseconds{random_.next() % 4000});
    run_jobs();
  }
  void lose() {
    const Json request{{"TableName", "Items"}, {"Item", to_json(key(), item())}};
    EXPECT_EQ(api_->call_in_group("PutItem", request.dump()).error(), "");
    api_->lose_group();
  }
  void restore() {
    run_jobs();
    remember();
    const std::int64_t wanted =
        begin_ + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(second() - begin_ + 1));
    call("RestoreTableToPointInTime",
         {{"SourceTableName", "Items"}, {"TargetTableName", "Restored"}, {"RestoreDateTime", wanted}});
    run_jobs();
    EXPECT_EQ(scan("Restored"), std::prev(seconds_.upper_bound(wanted))->second) << "restored to " << wanted - begin_;
    call("DeleteTable", {{"TableName", "Restored"}});
  }

  // --- Looking ---

  Contents scan(const std::string& table) {
    Contents found;
    const Json answer = call("Scan", {{"TableName", table}});
    for (const Json& json : answer.at("Items")) found.insert(from_json(json));
    return found;
  }
  Contents query_index() {
    Contents found;
    for (const auto* group : {"g0", "g1", "g2"}) {
      const Json answer = call("Query", {{"TableName", "Items"},
                                         {"IndexName", "by_g"},
                                         {"KeyConditionExpression", "g = :g"},
                                         {"ExpressionAttributeValues", {{":g", text(group)}}}});
      std::int64_t before = 0;
      for (const Json& json : answer.at("Items")) {
        const auto entry = from_json(json);
        EXPECT_LE(before, entry.second.n) << "in the order of the index";
        before = entry.second.n;
        found.insert(entry);
      }
    }
    return found;
  }
  /// Tells the replica what the stream tells; what a record says of before must be what the replica has.
  void follow_stream() {
    const Json page = call("GetRecords", {{"ShardIterator", iterator_}});
    iterator_ = page.at("NextShardIterator").get<std::string>();
    for (const Json& record : page.at("Records")) {
      const Json& change = record.at("dynamodb");
      const auto key = change.at("Keys").at("p").at("S").get<std::string>();
      const auto had = replica_.find(key);
      EXPECT_EQ(change.contains("OldImage"), had != replica_.end()) << record.dump();
      if (change.contains("OldImage") && had != replica_.end()) {
        EXPECT_EQ(from_json(change.at("OldImage")).second, had->second);
      }
      EXPECT_EQ(record.at("eventName") == "REMOVE", !change.contains("NewImage"));
      if (change.contains("NewImage")) {
        replica_.insert_or_assign(key, from_json(change.at("NewImage")).second);
      } else {
        replica_.erase(key);
      }
    }
  }
  /// Statements make items without a vector, updates leave the one that was put: the table says what is to be found.
  void compare_vectors() {
    std::map<std::string, double> expected;
    const Json all = call("Scan", {{"TableName", "Items"}});
    for (const auto& item : all.at("Items")) {
      if (!item.contains("v")) continue;
      expected[item.at("p").at("S").get<std::string>()] =
          std::stod(item.at("v").at("L").at(0).at("N").get<std::string>());
    }
    std::map<std::string, double> found;
    for (const auto* const group : {"g0", "g1", "g2"}) {
      const Json results = call("SearchVectors", {{"TableName", "Items"},
                                                  {"IndexName", "near"},
                                                  {"SearchVector", Json::array({number(0)})},
                                                  {"TopK", 100},
                                                  {"SearchConditionExpression", "g = :g"},
                                                  {"ExpressionAttributeValues", {{":g", text(group)}}}});
      for (const auto& result : results.at("SearchResults")) {
        const auto [key, item] = from_json(result.at("Item"));
        EXPECT_EQ(item, items_.at(key));
        EXPECT_EQ(item.group, group);
        found[key] = result.at("Score").get<double>();
      }
    }
    EXPECT_EQ(found, expected);
  }
  void compare() {
    EXPECT_EQ(scan("Items"), items_);
    compare_vectors();
    EXPECT_EQ(query_index(), items_);
    follow_stream();
    EXPECT_EQ(replica_, items_);
    EXPECT_EQ(call("DescribeTable", {{"TableName", "Items"}}).at("Table").at("ItemCount"), items_.size());
  }

  Misfortune misfortune_;
  Random random_;
  FaultPlan faults_;
  ScratchDirectory directory_;
  std::optional<ApiFixture> api_;
  Contents items_;
  Contents replica_;  ///< what the stream has told
  std::string iterator_;
  std::map<std::int64_t, Contents> seconds_;  ///< what there was at the end of each second in which something was done
  std::int64_t begin_{0};
};

void run_programs(int programs, int steps, Misfortune misfortune) {
  const auto level = spdlog::get_level();
  if (misfortune.every_write_fails) spdlog::set_level(spdlog::level::off);  // thousands of failures, each logged
  for (int program = 1; program <= programs; ++program) {
    SCOPED_TRACE("seed " + std::to_string(program));
    ItemsModel model{static_cast<std::uint64_t>(program), misfortune};
    for (int step = 0; step < steps && !::testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      model.step();
    }
  }
  spdlog::set_level(level);
}

TEST(ItemsModelTest, TableIndexStreamAndRestoresTellTheSame) { run_programs(15, 200, {}); }

TEST(ItemsModelTest, NothingHappensWhicheverWriteFails) { run_programs(4, 80, {.every_write_fails = true}); }

TEST(ItemsModelTest, AFileThatIsOpenedAgainTellsTheSame) { run_programs(4, 100, {.in_file = true}); }

TEST(ItemsModelTest, AFileWhoseWritesFailTellsTheSame) {
  run_programs(2, 60, {.in_file = true, .every_write_fails = true});
}

}  // namespace
}  // namespace millrace::api
