#include "harness/esm/delivery/delivery_log.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace millrace::esm {
namespace {

constexpr TimePoint kNow{std::chrono::milliseconds{1764085660123}};

TEST(DeliveryLogTest, AnAttemptNamesEverythingThatTellsItApart) {
  EXPECT_EQ(to_text({"14e0db71", "echo", "shardId-1", 2, 10, 1, 10}),
            "mapping 14e0db71 function echo shard shardId-1 attempt 2 at 10 record(s) 100000000000000000001 to "
            "100000000000000000010");
}

TEST(DeliveryLogTest, EveryFailureSaysWhatFollows) {
  const LaneId lane = LaneId::kFirst;
  const auto after_failure = [&](Actions actions) { return next_step(Judgement::kFailed, actions, lane, kNow); };
  EXPECT_EQ(after_failure({{lane, SleepUntil{kNow + std::chrono::milliseconds{500}}}}),
            "next attempt at 2025-11-25T15:47:40.623Z, in 0.5 s");
  EXPECT_EQ(after_failure({{lane, Invoke{}}}), "its halves are sent apart");
  EXPECT_EQ(next_step(Judgement::kPartlyDelivered, {{LaneId::kProgress, Checkpoint{}}}, lane, kNow),
            "what comes before the first reported record is done, the rest is sent again");
  EXPECT_EQ(after_failure({{lane, Discard{}}}), "no attempt is left");
  EXPECT_EQ(after_failure({{LaneId::kReader, Stopped{}}}),
            "the mapping stops, and the batch comes again when it starts");
  // What another lane does next is not what follows.
  EXPECT_EQ(after_failure({{lane_id(1), Invoke{}}, {lane, Discard{}}}), "no attempt is left");
}

struct Words {
  std::string answer;
  std::string words;
};

TEST(DeliveryLogTest, OfAnErrorTypeAndFirstWordsAreShown) {
  const std::vector<Words> cases{
      {R"({"errorType":"Trouble","errorMessage":"it never\nworks","stackTrace":["a"]})", "Trouble: it never works"},
      {R"({"errorMessage":"boom"})", "boom"},
      {R"({"errorType":"Runtime.ExitError"})", "Runtime.ExitError"},
      {R"({"errorType":7,"errorMessage":[]})", R"({"errorType":7,"errorMessage":[]})"},
      {"not\tJSON", "not JSON"},
      {"", ""},
      {std::string(300, 'x'), std::string(200, 'x')},
      {std::string(199, 'x') + "\u00e4", std::string(199, 'x')},
      {std::string(100'000, '['), std::string(200, '[')},
  };
  for (const Words& words : cases) EXPECT_EQ(first_words(words.answer), words.words);
}

}  // namespace
}  // namespace millrace::esm
