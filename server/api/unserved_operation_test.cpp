#include "server/api/unserved_operation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "server/api/operation.hpp"

namespace millrace::api {
namespace {

TEST(UnservedOperation, SaysWhatIsNotThereAndWhatIs) {
  const struct {
    std::string_view target;
    std::string message;
  } cases[] = {
      {"", ""},  // as AWS
      {"DynamoDB_20120810.GetItems", "DynamoDB_20120810 has no operation GetItems"},
      {"DynamoDB_20120810.GetRecords",
       "GetRecords is an operation of DynamoDBStreams_20120810, not of DynamoDB_20120810"},
      {"DynamoDBStreams_20120810.PutItem",
       "PutItem is an operation of DynamoDB_20120810, not of DynamoDBStreams_20120810"},
      {"Kinesis_20131202.PutRecord",
       "Millrace " MILLRACE_VERSION
       " does not emulate PutRecord (Kinesis_20131202): it serves DynamoDB, DynamoDB Streams and Lambda with its event "
       "source mappings"},
      {"PutItem", "X-Amz-Target names no operation: PutItem"},
  };
  for (const auto& [target, message] : cases) {
    const ApiError error = unserved_operation(target);
    EXPECT_EQ(error.kind, ErrorKind::kUnknownOperation);
    EXPECT_EQ(error.message, message) << target;
  }
}

TEST(UnservedOperation, NamesAreSortedAndNoneIsServed) {
  const auto names = unserved_operation_names();
  EXPECT_TRUE(std::ranges::is_sorted(names));
  for (const auto name : names) {
    EXPECT_EQ(find_operation(std::string{"DynamoDB_20120810."}.append(name)), nullptr) << name;
  }
}

}  // namespace
}  // namespace millrace::api
