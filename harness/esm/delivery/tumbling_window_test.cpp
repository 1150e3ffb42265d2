#include "harness/esm/delivery/tumbling_window.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

namespace millrace::esm {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr TimePoint at(Duration since_epoch) { return TimePoint{since_epoch}; }
const ShardName kShard{"arn:stream", "shardId-1"};

TumblingWindow window_of(Duration length, std::optional<OpenWindow> open = {}) {
  return {length, 10, kShard, std::move(open)};
}

std::string members(const TumblingWindow& window, bool is_final = false) {
  std::string text;
  window.append_members(text, is_final);
  EXPECT_LE(text.size(), window.member_bytes());
  return text;
}

TEST(TumblingWindowTest, LiesAtAMultipleOfItsLengthWhateverOpensIt) {
  struct Case {
    TimePoint created, start;
  };
  for (const auto& [created, start] : {Case{at(0s), at(0s)}, Case{at(29'999ms), at(0s)}, Case{at(30s), at(30s)},
                                       Case{at(-1ms), at(-30s)}, Case{at(95s), at(90s)}}) {
    TumblingWindow window = window_of(30s);
    EXPECT_EQ(window.end_for(created), start + 30s);
    EXPECT_FALSE(window.is_open());
    window.open_for(created);
    EXPECT_EQ(window.start(), start);
    EXPECT_EQ(window.end(), start + 30s);
  }
  EXPECT_THROW(window_of(0s), std::logic_error);
}

TEST(TumblingWindowTest, TakesWhatWasWrittenBeforeItsEndAndWhatComesLate) {
  TumblingWindow window = window_of(30s);
  EXPECT_TRUE(window.takes(at(59s), at(31s)));
  EXPECT_FALSE(window.takes(at(60s), at(31s)));
  window.open_for(at(31s));
  EXPECT_TRUE(window.takes(at(1s), at(1s)));
  EXPECT_FALSE(window.takes(at(60s), at(60s)));
}

TEST(TumblingWindowTest, TellsTheFunctionWhatItHasKept) {
  TumblingWindow window = window_of(60s);
  window.open_for(at(61s));
  EXPECT_EQ(members(window), R"(,"window":{"start":"1970-01-01T00:01:00Z","end":"1970-01-01T00:02:00Z"},"state":{},)"
                             R"("shardId":"shardId-1","eventSourceARN":"arn:stream","isFinalInvokeForWindow":false,)"
                             R"("isWindowTerminatedEarly":false)");
  window.keep(R"({"n":7})");
  EXPECT_EQ(window.changes(), 1U);
  EXPECT_FALSE(window.ends_early());
  EXPECT_NE(members(window, true)
                .find(R"("state":{"n":7},"shardId":"shardId-1","eventSourceARN":"arn:stream",)"
                      R"("isFinalInvokeForWindow":true,"isWindowTerminatedEarly":false)"),
            std::string::npos);
  window.close();
  EXPECT_FALSE(window.is_open());
  EXPECT_EQ(window.changes(), 2U);
}

TEST(TumblingWindowTest, EndsEarlyWhenWhatItKeepsIsTooLarge) {
  TumblingWindow window = window_of(60s);
  window.open_for(at(61s));
  window.keep(R"({"n":7777})");
  EXPECT_FALSE(window.ends_early()) << "ten bytes are the limit";
  window.keep(R"({"n":77777})");
  EXPECT_TRUE(window.ends_early());
  EXPECT_NE(members(window).find(R"("isWindowTerminatedEarly":false)"), std::string::npos) << "records still go on";
  const std::string last = members(window, true);
  EXPECT_NE(last.find(R"("state":{"n":77777})"), std::string::npos);
  EXPECT_NE(last.find(R"("isFinalInvokeForWindow":true,"isWindowTerminatedEarly":true)"), std::string::npos);
  window.close();
  window.open_for(at(62s));
  EXPECT_EQ(window.start(), at(60s)) << "the same window, with nothing kept";
  EXPECT_NE(members(window).find(R"("state":{})"), std::string::npos);
}

TEST(TumblingWindowTest, WhatCouldNotBeSentBackIsNotKept) {
  TumblingWindow window = window_of(60s);
  window.open_for(at(61s));
  window.keep(R"({"n":7})");
  window.keep("{\"n\":\"" + std::string(std::size_t{6} << 20U, 'x') + "\"}");
  EXPECT_TRUE(window.ends_early());
  EXPECT_EQ(window.open_window()->state, R"({"n":7})");
}

TEST(TumblingWindowTest, GoesOnWhereACheckpointLeftIt) {
  const TumblingWindow window = window_of(60s, OpenWindow{at(10s), at(20s), R"({"n":1})", true});
  EXPECT_TRUE(window.is_open());
  EXPECT_TRUE(window.ends_early());
  EXPECT_EQ(window.end_for(at(50s)), at(20s)) << "with the length that it had";
  EXPECT_EQ(window.changes(), 0U);
}

}  // namespace
}  // namespace millrace::esm
