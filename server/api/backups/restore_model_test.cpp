// Random programs of writes over time, with commits that are lost and restarts, and now and then a restore to any
// second there was, against a plain model that remembers every second.
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>

#include "server/api/api_fixture.hpp"
#include "server/base/random.hpp"

namespace millrace::api {
namespace {

using Json = nlohmann::json;
using Contents = std::map<std::string, std::string>;

class RestoreModel {
 public:
  explicit RestoreModel(std::uint64_t seed) : random_{seed} {
    call("CreateTable", {{"TableName", "Notes"},
                         {"BillingMode", "PAY_PER_REQUEST"},
                         {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}}})},
                         {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}}})}});
    for (int number = 0; number < 20; ++number) write(std::to_string(number), "at first");
    call("UpdateContinuousBackups",
         {{"TableName", "Notes"}, {"PointInTimeRecoverySpecification", {{"PointInTimeRecoveryEnabled", true}}}});
    begin_ = second();
    remember();
  }

  void step() {
    switch (random_.next() % 12) {
      case 0: api_.time().advance(std::chrono::milliseconds{random_.next() % 3000}); break;
      case 1: api_.reload(); break;
      case 2: lose_a_write(); break;
      case 3:
        if (random_.next() % 4 == 0) restore_and_compare();
        break;
      case 4:
      case 5: write(key(), {}); break;
      default: write(key(), std::to_string(random_.next() % 1000)); break;
    }
    remember();
  }

  void restore_and_compare() {
    const std::int64_t wanted =
        begin_ + static_cast<std::int64_t>(random_.next() % static_cast<std::uint64_t>(second() - begin_ + 1));
    const std::string target = "Restored" + std::to_string(restores_++);
    call("RestoreTableToPointInTime",
         {{"SourceTableName", "Notes"}, {"TargetTableName", target}, {"RestoreDateTime", wanted}});
    api_.run_jobs();
    const auto expected = std::prev(seconds_.upper_bound(wanted));
    EXPECT_EQ(read(target), expected->second) << "second " << expected->first - begin_;
    call("DeleteTable", {{"TableName", target}});
  }

 private:
  std::int64_t second() {
    return std::chrono::floor<std::chrono::seconds>(api_.time().now().time_since_epoch()).count();
  }
  void remember() { seconds_[second()] = contents_; }
  std::string key() { return std::to_string(random_.next() % 30); }

  Json call(const std::string& operation, const Json& body) {
    const auto answer = api_.call(operation, body.dump());
    EXPECT_EQ(answer.error(), "") << operation;
    return answer.json();
  }
  static std::pair<std::string, Json> request(const std::string& key, const std::string& text) {
    if (text.empty()) return {"DeleteItem", {{"TableName", "Notes"}, {"Key", {{"p", {{"S", key}}}}}}};
    return {"PutItem", {{"TableName", "Notes"}, {"Item", {{"p", {{"S", key}}}, {"text", {{"S", text}}}}}}};
  }
  void write(const std::string& key, const std::string& text) {
    const auto [operation, body] = request(key, text);
    call(operation, body);
    if (text.empty()) {
      contents_.erase(key);
    } else {
      contents_[key] = text;
    }
  }
  void lose_a_write() {
    const auto [operation, body] = request(key(), "lost");
    EXPECT_EQ(api_.call_in_group(operation, body.dump()).error(), "");
    api_.lose_group();
  }
  Contents read(const std::string& table) {
    Contents found;
    const Json answer = call("Scan", {{"TableName", table}});
    for (const Json& item : answer.at("Items")) {
      found[item.at("p").at("S").get<std::string>()] = item.at("text").at("S").get<std::string>();
    }
    return found;
  }

  Random random_;
  ApiFixture api_;
  Contents contents_;
  std::map<std::int64_t, Contents> seconds_;  ///< what there was at the end of each second in which something was done
  std::int64_t begin_{0};
  int restores_{0};
};

TEST(RestoreModelTest, ARestoreIsWhatAReaderWouldHaveSeen) {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RestoreModel model{seed};
    for (int count = 0; count < 300 && !::testing::Test::HasFailure(); ++count) model.step();
    model.restore_and_compare();
  }
}

}  // namespace
}  // namespace millrace::api
