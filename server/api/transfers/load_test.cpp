// Imports and bulk puts: what is in the files is in the table, and what is wrong with them is told.
#include <gtest/gtest.h>

#include <string>

#include "server/api/transfers/transfers_fixture.hpp"

namespace millrace::api {
namespace {

TEST_F(TransfersTest, ATableThatIsImportedIsCreating) {
  buckets.buckets["in"]["1"] = R"({"Item":{"p":{"S":"a"},"n":{"N":"1"}}})";
  const Json begun = ok("ImportTable", import_request("New", "in", "", "DYNAMODB_JSON", "NONE"));
  EXPECT_EQ(ok("DescribeTable", {{"TableName", "New"}}).at("Table").at("TableStatus"), "CREATING");
  EXPECT_EQ(error("Scan", {{"TableName", "New"}}), "ResourceNotFoundException: Requested resource not found");
  EXPECT_EQ(error("DeleteTable", {{"TableName", "New"}}),
            "ResourceInUseException: Attempt to change a resource which is still in use: Table is being created: New");
  EXPECT_EQ(error("ImportTable", import_request("New", "in", "", "DYNAMODB_JSON", "GZIP")),
            "ResourceInUseException: Table already exists: New");
  api.reload();  // a restart goes on
  api.run_transfers(buckets);
  EXPECT_EQ(ok("DescribeTable", {{"TableName", "New"}}).at("Table").at("TableStatus"), "ACTIVE");
  EXPECT_EQ(ok("ListImports", Json::object()).at("ImportSummaryList")[0].at("ImportStatus"), "COMPLETED");
  ok("DeleteTable", {{"TableName", "New"}});
}

TEST_F(TransfersTest, ImportsThatAwsHasBeenSeenToAnswer) {
  // (github.com/getmoto/moto, tests that were run against AWS)
  const Json of_no_bucket = import(import_request("NoBucket", "nowhere", "", "DYNAMODB_JSON", "NONE"));
  EXPECT_EQ(of_no_bucket.at("ImportStatus"), "FAILED");
  EXPECT_EQ(of_no_bucket.at("FailureCode"), "S3NoSuchBucket");
  EXPECT_EQ(error("DescribeTable", {{"TableName", "NoBucket"}}).substr(0, 25), "ResourceNotFoundException");
  buckets.buckets["empty"];
  const Json of_nothing = import(import_request("Nothing", "empty", "", "DYNAMODB_JSON", "NONE"));
  EXPECT_EQ(of_nothing.at("ImportStatus"), "COMPLETED");
  EXPECT_EQ(of_nothing.at("ProcessedSizeBytes"), 0);
  EXPECT_EQ(scan("Nothing"), "");
  const std::string one = R"({"Item":{"p":{"S":"a"},"n":{"N":"1"}}})";
  const Json in_one_line = import_text("OneLine", one + R"({"Item":{"p":{"S":"b"},"n":{"N":"1"}}})");
  EXPECT_EQ(in_one_line.at("ImportedItemCount"), 2);
  buckets.buckets["mixed"] = {{"bad", R"({"p":{"S":"b"}})"}, {"good", one}};
  const Json of_both = import(import_request("Mixed", "mixed", "", "DYNAMODB_JSON", "NONE"));
  EXPECT_EQ(of_both.at("ImportStatus"), "FAILED");
  EXPECT_EQ(of_both.at("FailureCode"), "ItemValidationError");
  EXPECT_EQ(of_both.at("ErrorCount"), 1);
  EXPECT_EQ(of_both.at("ProcessedItemCount"), 2);
  EXPECT_EQ(of_both.at("ImportedItemCount"), 1);
  EXPECT_NE(scan("Mixed"), "");
}

TEST_F(TransfersTest, WhatCannotBeReadEndsItsFileAndWhatCannotBeWrittenDoesNot) {
  const auto line = [](const std::string& key) {
    return R"({"Item":{"p":{"S":")" + key +
           R"("},"n":{"N":"1"}}})"
           "\n";
  };
  const Json broken = import_text("Broken", line("a") + "{\"Item\":{\"p\":5}}\n" + line("b"));
  EXPECT_EQ(broken.at("ImportedItemCount"), 1);
  EXPECT_EQ(broken.at("ErrorCount"), 1);
  const Json without_key = import_text("Keyless", line("a") + "{\"Item\":{\"p\":{\"S\":\"x\"}}}\n" + line("b"));
  EXPECT_EQ(without_key.at("ImportedItemCount"), 2);
  EXPECT_EQ(without_key.at("ErrorCount"), 1);
  buckets.buckets["cut"]["1"] = "\x1f\x8b plainly not";
  EXPECT_EQ(import(import_request("Cut", "cut", "", "DYNAMODB_JSON", "GZIP")).at("ErrorCount"), 1);
}

TEST_F(TransfersTest, CsvHasStringsButForKeys) {
  const Json description = import_text("Csv", "p,n,text\na,1,\"x,\"\"y\"\"\"\nb,2.50,7\n", "CSV");
  EXPECT_EQ(description.at("ImportStatus"), "COMPLETED") << description;
  const auto all = scan("Csv");
  EXPECT_NE(all.find(R"({"n":{"N":"2.5"},"p":{"S":"b"},"text":{"S":"7"}})"), std::string::npos) << all;
  Json request = import_request("Semicolons", "semicolons", "", "CSV", "NONE");
  request["InputFormatOptions"] = {{"Csv", {{"Delimiter", ";"}, {"HeaderList", Json::array({"p", "n"})}}}};
  buckets.buckets["semicolons"]["1"] = "a;1\nb;x\nc;3\n";
  const Json with_header = import(request);
  EXPECT_EQ(with_header.at("ImportedItemCount"), 1) << "what is no number ends the file";
  EXPECT_EQ(with_header.at("InputFormatOptions").at("Csv").at("Delimiter"), ";");
  request["InputFormat"] = "ION";
  EXPECT_EQ(error("ImportTable", request),
            "ValidationException: One or more parameter values were invalid: InputFormatOptions.Csv can only be "
            "specified when InputFormat is CSV");
}

TEST_F(TransfersTest, ABulkPutWritesAsPutItemDoes) {
  put("old", 1, "there");
  const std::string text =
      R"json({"Item":{"p":{"S":"a"},"n":{"N":"1"}}}
{"Item":{"p":{"S":"old"},"n":{"N":"1"}},"ConditionExpression":"attribute_not_exists(#p)",
 "ExpressionAttributeNames":{"#p":"p"}}
{"Item":{"p":{"S":"no key"}}}
{"Item":{"p":{"S":"b"},"n":{"N":"2"}}}
)json";
  const Json begun = bulk_put(text);
  EXPECT_EQ(begun.at("BulkOperationStatus"), "IN_PROGRESS");
  EXPECT_EQ(begun.at("PerformanceTier"), "STANDARD");
  api.run_transfers(buckets, 12);
  const Json description = describe_bulk_put(begun);
  EXPECT_EQ(description.at("BulkOperationStatus"), "COMPLETED_WITH_ERRORS") << description;
  EXPECT_EQ(description.at("ProcessedItemCount"), 4);
  EXPECT_EQ(description.at("FailedItemCount"), 1);
  EXPECT_EQ(description.at("TotalInputBytes"), text.size());
  EXPECT_EQ(description.at("ProcessedInputBytes"), text.size());
  EXPECT_GT(description.at("BulkOperationUsage")[0].at("Table").at("BulkPutBytes"), 0);
  const auto all = scan("Notes");
  EXPECT_NE(all.find("\"a\""), std::string::npos);
  EXPECT_NE(all.find("there"), std::string::npos) << "its condition failed";
  std::string reports;
  for (const auto& [key, report] : buckets.buckets.at("out"))
    reports += key.substr(key.rfind('/', key.rfind('/') - 1)) + " " + report;
  EXPECT_NE(reports.find(
                "/condition-check-failures/000000.json {\"AttemptedItem\":{\"n\":{\"N\":\"1\"},\"p\":{\"S\":\"old\"}},"
                "\"ExistingItem\":{"),
            std::string::npos)
      << reports;
  EXPECT_NE(reports.find("Missing the key n in the item"), std::string::npos) << reports;
  EXPECT_NE(reports.find("\"failedItemCount\":1"), std::string::npos) << reports;
  const Json streams = ok("DynamoDBStreams_20120810.ListStreams", {{"TableName", "Notes"}});
  const Json stream =
      ok("DynamoDBStreams_20120810.DescribeStream", {{"StreamArn", streams.at("Streams")[0].at("StreamArn")}})
          .at("StreamDescription");
  const Json iterator =
      ok("DynamoDBStreams_20120810.GetShardIterator", {{"StreamArn", stream.at("StreamArn")},
                                                       {"ShardId", stream.at("Shards")[0].at("ShardId")},
                                                       {"ShardIteratorType", "TRIM_HORIZON"}});
  const Json records = ok("DynamoDBStreams_20120810.GetRecords", {{"ShardIterator", iterator.at("ShardIterator")}});
  EXPECT_EQ(records.at("Records").size(), 3U) << "the one before, and two that were put";
}

TEST_F(TransfersTest, ABulkPutIsCancelledAndDescribed) {
  const Json begun = bulk_put(R"({"Item":{"p":{"S":"a"},"n":{"N":"1"}}})", {{"ClientToken", "t"}});
  const Json cancelled = ok("CancelBulkOperation", {{"BulkOperationArn", begun.at("BulkOperationArn")}});
  EXPECT_EQ(cancelled.at("BulkOperationStatus"), "CANCELLING");
  api.run_transfers(buckets);
  EXPECT_EQ(describe_bulk_put(begun).at("BulkOperationStatus"), "CANCELLED");
  EXPECT_EQ(scan("Notes"), "");
  EXPECT_EQ(error("CancelBulkOperation", {{"BulkOperationArn", begun.at("BulkOperationArn")}}).substr(0, 19),
            "ValidationException");
  const Json listed = ok("ListBulkOperations", Json::object());
  EXPECT_EQ(listed.at("BulkOperationsSummaryList")[0].at("BulkOperationStatus"), "CANCELLED");
  EXPECT_EQ(ok("ListImports", Json::object()).at("ImportSummaryList").size(), 0U);
  EXPECT_EQ(error("StartBulkPutItems",
                  {{"TableName", "Notes"},
                   {"ClientToken", "t"},
                   {"InputS3Configuration", {{"S3Bucket", "other"}, {"InputFormat", "ION"}}},
                   {"OutputS3Configuration", {{"S3Bucket", "out"}, {"OutputType", Json::array({"ERROR"})}}}})
                .substr(0, 36),
            "IdempotentParameterMismatchException");
}

TEST_F(TransfersTest, ABulkPutIntoATableThatIsDeletedFails) {
  const Json begun = bulk_put(R"({"Item":{"p":{"S":"a"},"n":{"N":"1"}}})");
  ok("DeleteTable", {{"TableName", "Notes"}});
  api.run_transfers(buckets);
  const Json description = describe_bulk_put(begun);
  EXPECT_EQ(description.at("BulkOperationStatus"), "FAILED");
  EXPECT_EQ(description.at("FailureCode"), "ResourceNotFoundException");
}

}  // namespace
}  // namespace millrace::api
