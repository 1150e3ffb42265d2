#include "server/plan/context/transaction_tokens.hpp"

#include <gtest/gtest.h>

#include "server/plan/plan_fixture.hpp"

namespace millrace::plan {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const model::Account kHere{"us-east-1", "000000000000"};

class TransactionTokensTest : public PlanFixture {
 protected:
  std::optional<std::string> find(std::string_view token, const model::Account& account = kHere) {
    return tokens_.find(account, token, time_.now()).value();
  }
  void remember(std::string_view token, std::string_view fingerprint = "f") {
    ASSERT_TRUE(tokens_.remember(kHere, token, fingerprint, time_.now()).has_value());
  }

  TransactionTokens tokens_{*storage_};
};

TEST_F(TransactionTokensTest, AreRememberedForTenMinutes) {
  EXPECT_EQ(find("a"), std::nullopt);
  remember("a", "one");
  time_.advance(minutes{10} - seconds{1});
  EXPECT_EQ(find("a"), "one");
  time_.advance(seconds{1});
  EXPECT_EQ(find("a"), std::nullopt);
}

TEST_F(TransactionTokensTest, ATokenMayStandForSomethingElseOnceItHasExpired) {
  remember("a", "one");
  time_.advance(minutes{10});
  remember("a", "two");
  EXPECT_EQ(find("a"), "two");
  time_.advance(minutes{9});
  EXPECT_EQ(find("a"), "two");
}

TEST_F(TransactionTokensTest, ALateTokenOfAKeyspaceLivesAsLongAsOthers) {
  remember("first");
  time_.advance(minutes{9});
  remember("late");
  time_.advance(minutes{5});
  remember("next");  // a new keyspace
  EXPECT_EQ(find("late"), "f");
  EXPECT_EQ(find("first"), std::nullopt);
}

TEST_F(TransactionTokensTest, BelongToAnAccountInARegion) {
  remember("a");
  EXPECT_EQ(find("a", {"eu-west-1", "000000000000"}), std::nullopt);
  EXPECT_EQ(find("a", {"us-east-1", "111111111111"}), std::nullopt);
}

TEST_F(TransactionTokensTest, OutliveTheProcess) {
  remember("a", "one");
  TransactionTokens others{*storage_};
  ASSERT_TRUE(others.load().has_value());
  EXPECT_EQ(others.find(kHere, "a", time_.now()).value(), "one");
}

TEST_F(TransactionTokensTest, WhatIsKeptDoesNotGrowWithTime) {
  for (int round = 0; round < 6; ++round) {
    remember("token " + std::to_string(round));
    time_.advance(minutes{11});
  }
  EXPECT_TRUE(storage_->has_reclaimable()) << "keyspaces of tokens that nobody asks for";
  const auto document = storage_->read_document("transaction_tokens", "keyspaces").value();
  ASSERT_TRUE(document.has_value());
  EXPECT_NE(document->find("\"previous\""), std::string::npos);
}

}  // namespace
}  // namespace millrace::plan
