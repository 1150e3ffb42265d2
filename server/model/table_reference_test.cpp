#include "server/model/table_reference.hpp"

#include <gtest/gtest.h>

namespace millrace::model {
namespace {

const Account kHere{};
const std::string kArn{"arn:aws:dynamodb:us-east-1:000000000000:table/Orders"};

TEST(TableReference, NamesTheTableByNameOrByArnAndKeepsTheSpelling) {
  EXPECT_EQ(TableReference{"Orders"}.name(), "Orders");
  EXPECT_EQ(TableReference{kArn}.name(), "Orders");
  EXPECT_EQ(TableReference{kArn}.text(), kArn);
}

TEST(TableReference, KeepsItsNameWhenItIsCopiedAndMoved) {
  TableReference first{kArn};
  const TableReference copy = first;
  const TableReference moved = std::move(first);
  EXPECT_EQ(copy.name(), "Orders");
  EXPECT_EQ(moved.name(), "Orders");
}

TEST(TableReference, ANameIsEverywhereAndAnArnInItsAccountAndRegionOnly) {
  const Account other_region{"eu-west-1", kHere.id};
  const Account other_account{kHere.region, "111122223333"};
  EXPECT_TRUE(TableReference{"Orders"}.may_be_of({other_region}));
  EXPECT_TRUE(TableReference{kArn}.may_be_of({kHere}));
  EXPECT_FALSE(TableReference{kArn}.may_be_of({other_region}));
  EXPECT_FALSE(TableReference{kArn}.may_be_of({other_account}));
  EXPECT_TRUE(TableReference{kArn}.may_be_of({.account = other_account, .shares_all = true}));
  EXPECT_EQ(TableReference{kArn}.whereabouts(other_region).region, "us-east-1");
}

TEST(TableReference, WhatIsNoTableArnIsANameThatNoTableHas) {
  for (const std::string text :
       {"arn:", "arn:aws:dynamodb:us-east-1:000000000000:table/",
        "arn:aws:dynamodb:us-east-1:000000000000:table/T/index/I", "arn:aws:s3:us-east-1:000000000000:table/T",
        "arn:aws:dynamodb:us-east-1:000000000000:backup/T",
        "arn:aws:dynamodb:us-east-1:000000000000:table/T/stream/2015-01-21T19:03:11.123"}) {
    EXPECT_EQ(TableReference{text}.name(), text);
    EXPECT_TRUE(TableReference{text}.is_foreign_arn());
  }
  EXPECT_FALSE(TableReference{"Orders"}.is_foreign_arn());
  EXPECT_FALSE(TableReference{kArn}.is_foreign_arn());
}

}  // namespace
}  // namespace millrace::model
