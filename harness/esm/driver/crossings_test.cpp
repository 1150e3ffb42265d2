// Every crossing of what changes the delivery of records: retries, record age, bisecting, partial failures, windows,
// filters and lanes, all in one story, in virtual time. The rows are data (fixtures/crossings; its README.md tells the
// story and the rules): the features that are on, and the exact list of invocations, discards and checkpoints.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "harness/esm/driver/mapping_driver.hpp"
#include "harness/esm/source/record_filter.hpp"
#include "server/base/random.hpp"
#include "server/streams/record/sequence_number.hpp"
#include "server/time/virtual_time.hpp"

namespace millrace::esm {
namespace {

using Json = nlohmann::ordered_json;

const std::filesystem::path kRows = std::filesystem::path{MILLRACE_SOURCE_DIR} / "fixtures" / "crossings" / "rows.json";

constexpr TimePoint kEpoch{std::chrono::hours{24 * 365 * 50}};
constexpr Duration kWindow = std::chrono::seconds{5};
constexpr Sequence kBad = 4;
constexpr std::size_t kRecoversAfter = 3;

/// The records of the story, written a second apart but for a pause after the fifth.
struct Written {
  Sequence sequence;
  char key;
  int second;
};
constexpr std::array kWritten{Written{1, 'a', 0}, Written{2, 'b', 1}, Written{3, 'a', 2}, Written{4, 'c', 3},
                              Written{5, 'b', 4}, Written{6, 'a', 6}, Written{7, 'c', 7}, Written{8, 'b', 8}};

const Written& written(Sequence sequence) { return kWritten.at(sequence - 1); }

class LeavesOut2And7 final : public RecordFilter {
 public:
  [[nodiscard]] bool passes(const Record& record) const override {
    return record.sequence != 2 && record.sequence != 7;
  }
};

using Features = std::set<std::string>;

PollerSettings settings_of(const Features& on) {
  PollerSettings settings;
  settings.batch_size = 10;
  if (on.contains("retries")) settings.maximum_retry_attempts = 1;
  if (on.contains("age")) settings.maximum_record_age = std::chrono::seconds{60};
  settings.bisect_on_function_error = on.contains("bisect");
  settings.report_item_failures = on.contains("partial failures");
  if (on.contains("windows")) settings.tumbling_window = kWindow;
  if (on.contains("filters")) settings.filter = std::make_shared<LeavesOut2And7>();
  if (on.contains("lanes") && !on.contains("windows")) settings.lanes = 2;
  return settings;
}

/// One shard, one mapping, one function; every call is answered at once, in virtual time.
class Story final : public MappingPorts {
 public:
  explicit Story(const Features& on) : on_{on}, settings_{settings_of(on)}, time_{kEpoch + std::chrono::seconds{10}} {}

  std::vector<std::string> run() {
    driver_ = std::make_shared<MappingDriver>(definition(), settings_, *this, time_, random_, statistics_);
    driver_->start();
    while (time_.run_next()) {
    }
    EXPECT_TRUE(driver_->idle());
    return lines_;
  }
  [[nodiscard]] const std::map<Sequence, int>& succeeded() const { return succeeded_; }
  [[nodiscard]] const std::set<Sequence>& discarded() const { return discarded_; }

  void list_shards(std::function<void(StorageResult<ShardList>)> done) override {
    later([done = std::move(done)] { done(ShardList{{{{"shard", {}, 1}, std::nullopt}}}); });
  }
  void read(const std::string& /*shard_id*/, Sequence after, const ReadLimits& /*limits*/,
            std::function<void(StorageResult<Page>)> done) override {
    Page page;
    for (const Written& one : kWritten) {
      if (one.sequence <= after) continue;
      page.records.push_back({one.sequence, kEpoch + std::chrono::seconds{one.second},
                              fmt::format(R"({{"n":{}}})", one.sequence), one.key == 'a' ? 0U : 1U});
    }
    later([done = std::move(done), page = std::move(page)] { done(page); });
  }
  void save_checkpoint(const std::string& /*shard_id*/, const ShardProgress& progress,
                       std::function<void(StorageResult<void>)> done) override {
    const std::string window = progress.window ? fmt::format(" keeps {}", progress.window->state) : "";
    tell(fmt::format("checkpoint {}{}", progress.done, window));
    later([done = std::move(done)] { done({}); });
  }
  void forget_checkpoint(const std::string& /*shard_id*/) override {}
  bool invoke(lambda::Invocation invocation, lambda::InvocationDone done) override {
    lambda::InvocationResult result = answer(Json::parse(*invocation.payload));
    later([done = std::move(done), result = std::move(result)] { done(result); });
    return true;
  }
  void read_answer(std::shared_ptr<const std::string> answer, std::function<void(BatchAnswer)> done) override {
    done(read_batch_response(*answer));
  }
  void keep_failure(FailureRecord record, std::function<void()> done) override {
    if (record.ends_window) return later(std::move(done));
    const bool retries = record.condition == DiscardReason::kRetryAttemptsExhausted;
    tell(fmt::format("discard {}-{}: {}, invoked {}", record.first, record.last,
                     retries ? "RetryAttemptsExhausted" : "RecordAgeExceeded", record.approximate_invoke_count));
    for (const Written& one : kWritten) {
      const bool filtered = settings_.filter && (one.sequence == 2 || one.sequence == 7);
      const bool other_lane = settings_.lanes == 2 && (one.key == 'a') != (written(record.first).key == 'a');
      if (record.first <= one.sequence && one.sequence <= record.last && !filtered && !other_lane) {
        discarded_.insert(one.sequence);
      }
    }
    later(std::move(done));
  }
  void withdraw(const std::string& /*request_id*/) override {}
  [[nodiscard]] std::optional<std::string> function_waits_for() const override { return std::nullopt; }
  time::TimerId schedule(TimePoint when, std::function<void()> callback) override {
    return time_.schedule(when, std::move(callback));
  }
  void cancel(time::TimerId timer) override { time_.cancel(timer); }
  void watch(LogId /*log*/) override {}
  void unwatch(LogId /*log*/) override {}
  void activity_changed(Activity /*activity*/) override {}

 private:
  static MappingDefinition definition() {
    MappingDefinition mapping;
    mapping.uuid = "mapping";
    mapping.function_name = "story";
    return mapping;
  }

  void later(std::function<void()> work) { time_.schedule(time_.now(), std::move(work)); }
  void tell(const std::string& line) {
    const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(time_.now() - kEpoch).count();
    lines_.push_back(fmt::format("{}.{} {}", since / 1000, since % 1000 / 100, line));
  }

  /// Fails at record 4, or reports it: always where records may be given up, else three times. In a window it counts.
  lambda::InvocationResult answer(const Json& event) {
    std::vector<Sequence> sequences;
    for (const Json& record : event.at("Records")) sequences.push_back(record.at("n").get<Sequence>());
    const auto bad = std::ranges::find(sequences, kBad);
    const bool gives_up = on_.contains("retries") || on_.contains("age");
    const bool fails = bad != sequences.end() && (gives_up || failures_ < kRecoversAfter);
    if (fails) ++failures_;

    lambda::InvocationResult result;
    result.outcome = lambda::Outcome::kSuccess;
    Json said = Json::object();
    const auto handled_end = fails ? bad : sequences.end();
    if (fails && settings_.report_item_failures) {
      said["batchItemFailures"] = {{{"itemIdentifier", streams::to_sequence_number(kBad)}}};
    }
    if (event.contains("window")) {
      const auto before = event.at("state").contains("n") ? event.at("state").at("n").get<int>() : 0;
      said["state"] = {{"n", before + (handled_end - sequences.begin())}};
    }
    std::string what = fmt::format("invoke {}", fmt::join(sequences, " "));
    if (event.contains("window")) {
      what = sequences.empty() ? "invoke at the end of a window" : what;
      what.append(fmt::format(", {} to {}, state {}", event.at("window").at("start").get<std::string>().substr(17, 2),
                              event.at("window").at("end").get<std::string>().substr(17, 2), event.at("state").dump()));
    }
    if (fails && !settings_.report_item_failures) {
      result.outcome = lambda::Outcome::kFunctionError;
      result.payload = R"({"errorMessage":"record 4"})";
      what.append(": error");
    } else {
      result.payload = said.dump();
      what.append(fails ? ": reports 4" : ": success");
      for (auto at = sequences.begin(); at != handled_end; ++at) ++succeeded_[*at];
    }
    tell(what);
    return result;
  }

  const Features on_;
  const PollerSettings settings_;
  time::VirtualTime time_;
  Random random_{1};
  std::shared_ptr<MappingStatistics> statistics_{std::make_shared<MappingStatistics>()};
  std::shared_ptr<MappingDriver> driver_;
  std::vector<std::string> lines_;
  std::map<Sequence, int> succeeded_;
  std::set<Sequence> discarded_;
  std::size_t failures_{0};
};

constexpr std::array<const char*, 7> kFeatures{"retries", "age",     "bisect", "partial failures",
                                               "windows", "filters", "lanes"};

Features features_of(std::size_t number) {
  Features on;
  for (std::size_t bit = 0; bit < kFeatures.size(); ++bit) {
    if ((number >> bit & 1U) != 0) on.insert(kFeatures[bit]);
  }
  return on;
}

class CrossingTest : public testing::TestWithParam<std::size_t> {
 protected:
  static void SetUpTestSuite() {
    spdlog::set_level(spdlog::level::off);
    std::ifstream in{kRows};
    rows_ = Json::parse(in, nullptr, false);
  }
  static inline Json rows_;
};

/// Whatever is on: what the filter leaves is delivered or given up, and nothing is both.
void check_outcome(const Story& story, const Features& on) {
  const bool gives_up = on.contains("retries") || on.contains("age");
  for (const Written& one : kWritten) {
    const bool filtered = on.contains("filters") && (one.sequence == 2 || one.sequence == 7);
    const bool delivered = story.succeeded().contains(one.sequence);
    const bool discarded = story.discarded().contains(one.sequence);
    if (filtered) {
      EXPECT_FALSE(delivered || discarded) << one.sequence;
      continue;
    }
    EXPECT_NE(delivered, discarded) << one.sequence;
    if (one.sequence == kBad) {
      EXPECT_EQ(discarded, gives_up);
    }
    // Halves leave the others alone. A report leaves what stands behind the record with it, and age takes them all.
    const bool alone = on.contains("bisect") && !on.contains("partial failures") && !on.contains("age");
    if (!gives_up || alone) {
      EXPECT_EQ(discarded, gives_up && one.sequence == kBad);
    }
  }
}

TEST_P(CrossingTest, IsDeliveredAsTheRowSays) {
  const Features on = features_of(GetParam());
  Story story{on};
  const std::vector<std::string> happened = story.run();
  check_outcome(story, on);
  ASSERT_TRUE(rows_.is_array()) << kRows << " cannot be read";
  const auto is_this = [&](const Json& row) { return row.at("on").get<Features>() == on; };
  const auto row = std::ranges::find_if(rows_, is_this);
  ASSERT_NE(row, rows_.end()) << "no row for " << Json(on).dump() << "; what happens is\n" << Json(happened).dump(1);
  EXPECT_EQ(row->at("expected").get<std::vector<std::string>>(), happened) << Json(on).dump();
  EXPECT_FALSE(row->at("rules").empty());
}

INSTANTIATE_TEST_SUITE_P(OfEverything, CrossingTest, testing::Range(std::size_t{0}, std::size_t{1} << kFeatures.size()),
                         [](const auto& parameter) {
                           std::string name{"With"};
                           for (std::string feature : features_of(parameter.param)) {
                             feature[0] = static_cast<char>(feature[0] - 'a' + 'A');
                             std::erase(feature, ' ');
                             name.append(feature);
                           }
                           return parameter.param == 0 ? std::string{"WithNothing"} : name;
                         });

}  // namespace
}  // namespace millrace::esm
