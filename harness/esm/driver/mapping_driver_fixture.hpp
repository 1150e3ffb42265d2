// The driver with a scripted world: every call it makes must be expected by the test, in order; answers come when the
// test gives them.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "harness/esm/driver/mapping_driver.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::esm {

/// Writes every call down; the destructor fails the test for each that nobody expected.
class ScriptedPorts final : public MappingPorts {
 public:
  explicit ScriptedPorts(time::VirtualTime& time) : time_{time} {}
  ~ScriptedPorts() override { EXPECT_TRUE(calls_.empty()) << "unexpected: " << calls_.front(); }

  /// Takes the next call, which must be this one.
  void expect(const std::string& call) {
    ASSERT_FALSE(calls_.empty()) << "missing: " << call;
    EXPECT_EQ(calls_.front(), call);
    calls_.pop_front();
  }
  [[nodiscard]] bool quiet() const { return calls_.empty(); }

  // Answers to the last call of each kind.
  std::function<void(StorageResult<ShardList>)> listed;
  std::map<std::string, std::function<void(StorageResult<Page>)>> page;
  std::function<void(StorageResult<void>)> saved;
  ShardProgress progress_saved;
  lambda::InvocationDone invoked;
  std::string request_id;
  std::vector<lambda::InvocationDone> each_invoked;  ///< of all invocations, in their order
  std::vector<std::string> request_ids;              ///< likewise
  bool function_exists{true};
  std::vector<FailureRecord> told;  ///< of records that were given up
  bool destination_waits{false};    ///< it answers when the test calls destination_told
  std::function<void()> destination_told;
  std::optional<std::string> waits_for;
  std::vector<Activity> activities;

  void list_shards(std::function<void(StorageResult<ShardList>)> done) override {
    calls_.emplace_back("list");
    listed = std::move(done);
  }
  void read(const std::string& shard_id, Sequence after, const ReadLimits& /*limits*/,
            std::function<void(StorageResult<Page>)> done) override {
    calls_.push_back(fmt::format("read {} after {}", shard_id, after));
    page[shard_id] = std::move(done);
  }
  void save_checkpoint(const std::string& shard_id, const ShardProgress& progress,
                       std::function<void(StorageResult<void>)> done) override {
    calls_.push_back(fmt::format("save {} upto {}", shard_id, progress.done));
    progress_saved = progress;
    saved = std::move(done);
  }
  void forget_checkpoint(const std::string& shard_id) override { calls_.push_back("forget " + shard_id); }
  bool invoke(lambda::Invocation invocation, lambda::InvocationDone done) override {
    calls_.push_back("invoke " + *invocation.payload);
    request_id = invocation.request_id;
    request_ids.push_back(request_id);
    invoked = std::move(done);
    each_invoked.push_back(invoked);
    return function_exists;
  }
  void read_answer(std::shared_ptr<const std::string> answer, std::function<void(BatchAnswer)> done) override {
    done(read_batch_response(*answer));
  }
  void keep_failure(FailureRecord record, std::function<void()> done) override {
    told.push_back(std::move(record));
    if (destination_waits) {
      destination_told = std::move(done);
    } else {
      done();
    }
  }
  void withdraw(const std::string& id) override {
    EXPECT_TRUE(std::ranges::count(request_ids, id) == 1) << "nobody was asked for " << id;
    calls_.emplace_back("withdraw");
  }
  [[nodiscard]] std::optional<std::string> function_waits_for() const override { return waits_for; }
  time::TimerId schedule(TimePoint when, std::function<void()> callback) override {
    return time_.schedule(when, std::move(callback));
  }
  void cancel(time::TimerId timer) override { time_.cancel(timer); }
  void watch(LogId log) override { calls_.push_back(fmt::format("watch {}", log)); }
  void unwatch(LogId log) override { calls_.push_back(fmt::format("unwatch {}", log)); }
  void activity_changed(Activity activity) override { activities.push_back(activity); }

 private:
  time::VirtualTime& time_;
  std::deque<std::string> calls_;
};

inline MappingDefinition echo_mapping() {
  MappingDefinition mapping;
  mapping.uuid = "mapping";
  mapping.function_name = "echo";
  mapping.function_arn = "arn:aws:lambda:us-east-1:000000000000:function:echo";
  mapping.event_source_arn = "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/L";
  return mapping;
}

inline Page page_of(std::vector<Sequence> sequences) {
  Page page;
  for (const Sequence sequence : sequences) page.records.push_back({sequence, TimePoint{}, std::to_string(sequence)});
  return page;
}
inline Page last_page_of(std::vector<Sequence> sequences) {
  Page page = page_of(std::move(sequences));
  page.at_end = true;
  return page;
}

inline lambda::InvocationResult success() {
  lambda::InvocationResult result;
  result.outcome = lambda::Outcome::kSuccess;
  return result;
}
inline lambda::InvocationResult failure() {
  lambda::InvocationResult result;
  result.outcome = lambda::Outcome::kFunctionError;
  result.payload = R"({"errorMessage":"boom"})";
  return result;
}

class MappingDriverTest : public testing::Test {
 protected:
  /// Starts a driver that sees these shards.
  void start_with(std::vector<ListedShard> shards) {
    std::vector<LogId> logs;
    for (const auto& listed : shards) logs.push_back(listed.shard.log);
    driver_->start();
    ports_.expect("list");
    ports_.listed(ShardList{std::move(shards)});
    for (const LogId log : logs) ports_.expect(fmt::format("watch {}", log));
  }
  /// Starts a driver over one shard and brings it to rest.
  void start_idle() {
    start_with({{{"shard-1", {}, 1}, std::nullopt}});
    ports_.expect("read shard-1 after 0");
    ports_.page["shard-1"](page_of({}));
    EXPECT_TRUE(driver_->idle());
  }
  /// Has the function invoked with record 1 of the only shard.
  void start_invoking() {
    start_idle();
    driver_->wake(1);
    ports_.expect("read shard-1 after 0");
    ports_.page["shard-1"](page_of({1}));
    ports_.expect(R"(invoke {"Records":[1]})");
  }
  /// Before the start: a driver with other settings.
  void use(const PollerSettings& settings) {
    driver_ = std::make_shared<MappingDriver>(echo_mapping(), settings, ports_, time_, random_, statistics_);
  }
  [[nodiscard]] std::string reason() const {
    const auto stuck = driver_->stuck();
    return stuck.empty() ? "" : stuck.front().reason;
  }

  time::VirtualTime time_{TimePoint{}};
  Random random_{1};
  ScriptedPorts ports_{time_};
  std::shared_ptr<MappingStatistics> statistics_{std::make_shared<MappingStatistics>()};
  std::shared_ptr<MappingDriver> driver_{
      std::make_shared<MappingDriver>(echo_mapping(), PollerSettings{}, ports_, time_, random_, statistics_)};
};

}  // namespace millrace::esm
