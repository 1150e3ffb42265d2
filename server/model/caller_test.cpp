#include "server/model/caller.hpp"

#include <gtest/gtest.h>

namespace millrace::model {
namespace {

const Account kHome{"us-east-1", "000000000000"};
const Worlds kWorlds{kHome};

Account account_of(std::string_view credential) { return kWorlds.caller(credential).account; }

TEST(Caller, AKeyOfTwelveDigitsIsAnAccountAndTheScopeNamesTheRegion) {
  const Caller caller = kWorlds.caller("123456789012/20150121/eu-west-1/dynamodb/aws4_request");
  EXPECT_EQ(caller.account, (Account{"eu-west-1", "123456789012"}));
  EXPECT_EQ(caller.key_id, "123456789012");
}

TEST(Caller, AnyOtherKeyStandsForTheDefaultAccount) {
  for (const std::string key : {"local", "AKIDEXAMPLE", "12345678901", "1234567890123", "12345678901a", ""}) {
    const Caller caller = kWorlds.caller(key + "/20150121/eu-west-1/dynamodb/aws4_request");
    EXPECT_EQ(caller.account, (Account{"eu-west-1", kHome.id})) << key;
    EXPECT_EQ(caller.key_id, key);
  }
}

TEST(Caller, AnyRegionThatMayStandInAnArnIsOne) {
  for (const std::string region : {"us-gov-west-1", "local", "localhost", "Mars_1"}) {
    EXPECT_EQ(account_of("k/20150121/" + region + "/dynamodb/aws4_request").region, region);
  }
  for (const std::string& region : {std::string{}, std::string{"a:b"}, std::string{"eu west"}, std::string(65, 'a')}) {
    EXPECT_EQ(account_of("k/20150121/" + region + "/dynamodb/aws4_request"), kHome) << region;
  }
}

TEST(Caller, WhatIsNoScopeIsAtHome) {
  for (const auto* text : {"", "123456789012", "123456789012/eu-west-1", "a/eu-west-1/dynamodb/aws4_request", "////"}) {
    EXPECT_EQ(account_of(text), kHome) << text;
  }
}

TEST(Caller, TheKeyMayHoldSlashes) {
  EXPECT_EQ(kWorlds.caller("a/b/20150121/eu-west-1/dynamodb/aws4_request").key_id, "a/b");
}

TEST(Caller, AnArnIsOfItsOwnAccountAndRegion) {
  const Caller caller = kWorlds.caller("123456789012/20150121/eu-west-1/dynamodb/aws4_request");
  EXPECT_TRUE(caller.is_meant_by("eu-west-1", "123456789012"));
  EXPECT_FALSE(caller.is_meant_by("eu-west-1", kHome.id));
  EXPECT_FALSE(caller.is_meant_by("us-east-1", "123456789012"));
}

TEST(Caller, SharingAllEverybodyIsAtHomeAndEveryArnMeansThat) {
  const Worlds shared{kHome, true};
  const Caller caller = shared.caller("123456789012/20150121/eu-west-1/dynamodb/aws4_request");
  EXPECT_EQ(caller.account, kHome);
  EXPECT_EQ(caller.key_id, "123456789012");
  EXPECT_TRUE(caller.is_meant_by("ap-south-1", "999999999999"));
}

}  // namespace
}  // namespace millrace::model
