#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

TEST(Registry, FindsEveryOperationByItsTarget) {
  for (const auto* name : {"BatchExecuteStatement",
                           "BatchGetItem",
                           "BatchWriteItem",
                           "CreateBackup",
                           "CreateGlobalTable",
                           "CreateTable",
                           "DeleteBackup",
                           "DeleteItem",
                           "DeleteResourcePolicy",
                           "DeleteTable",
                           "DescribeBackup",
                           "DescribeContinuousBackups",
                           "DescribeContributorInsights",
                           "DescribeEndpoints",
                           "DescribeGlobalTable",
                           "DescribeGlobalTableSettings",
                           "DescribeKinesisStreamingDestination",
                           "DescribeLimits",
                           "DescribeTable",
                           "DescribeTableReplicaAutoScaling",
                           "DescribeTimeToLive",
                           "DisableKinesisStreamingDestination",
                           "EnableKinesisStreamingDestination",
                           "ExecuteStatement",
                           "ExecuteTransaction",
                           "GetItem",
                           "GetResourcePolicy",
                           "ListBackups",
                           "ListContributorInsights",
                           "ListGlobalTables",
                           "ListTables",
                           "ListTagsOfResource",
                           "PutItem",
                           "PutResourcePolicy",
                           "Query",
                           "RestoreTableFromBackup",
                           "RestoreTableToPointInTime",
                           "Scan",
                           "SearchVectors",
                           "TagResource",
                           "TransactGetItems",
                           "TransactWriteItems",
                           "UntagResource",
                           "UpdateContinuousBackups",
                           "UpdateContributorInsights",
                           "UpdateGlobalTable",
                           "UpdateGlobalTableSettings",
                           "UpdateItem",
                           "UpdateKinesisStreamingDestination",
                           "UpdateTable",
                           "UpdateTableReplicaAutoScaling",
                           "UpdateTimeToLive"}) {
    const auto target = std::string{"DynamoDB_20120810."} + name;
    ASSERT_NE(find_operation(target), nullptr) << target;
    EXPECT_EQ(find_operation(target)->target, target);
  }
  for (const auto* name : {"DescribeStream", "GetRecords", "GetShardIterator", "ListStreams"}) {
    EXPECT_NE(find_operation(std::string{"DynamoDBStreams_20120810."} + name), nullptr) << name;
  }
}

TEST(Registry, IsSortedByTarget) { EXPECT_TRUE(std::ranges::is_sorted(operations(), {}, &Operation::target)); }

TEST(Registry, IsExact) {
  for (const auto* target : {"", "GetItem", "DynamoDB_20120810.getitem", "DynamoDB_20120810.GetRecords",
                             "DynamoDBStreams_20120810.GetItem", "DynamoDB_20120810.GetItem ", "~"}) {
    EXPECT_EQ(find_operation(target), nullptr) << target;
  }
}

}  // namespace
}  // namespace millrace::api
