// Exports: what comes out is what there was, whatever has happened since and wherever the work is broken off.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "server/api/transfers/transfers_fixture.hpp"

namespace millrace::api {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

TEST_F(TransfersTest, AnExportIsWhatThereWasWithItsManifests) {
  put("a", 1, "one");
  put("b", 2, "two");
  const Json description = export_table({{"S3Prefix", "all/"}, {"ClientToken", "t"}});
  EXPECT_EQ(description.at("ExportStatus"), "COMPLETED");
  EXPECT_EQ(description.at("ItemCount"), 2);
  EXPECT_GT(description.at("BilledSizeBytes"), 10);
  EXPECT_EQ(description.at("ExportFormat"), "DYNAMODB_JSON");
  const auto lines = exported(description);
  EXPECT_NE(lines.find(R"({"Item":{"n":{"N":"1"},"p":{"S":"a"},"text":{"S":"one"}}})"), std::string::npos) << lines;
  const auto& bucket = buckets.buckets.at("exports");
  const auto arn = description.at("ExportArn").get<std::string>();
  const std::string folder = "all/AWSDynamoDB/" + arn.substr(arn.rfind('/') + 1) + "/";
  EXPECT_EQ(bucket.at(folder + "_started"), "");
  EXPECT_EQ(bucket.at(folder + "manifest-summary.md5"),
            model::encode_base64(transfers::md5(bucket.at(folder + "manifest-summary.json"))));
  EXPECT_TRUE(bucket.contains(folder + "manifest-files.md5"));
  const Json summary = Json::parse(bucket.at(folder + "manifest-summary.json"));
  EXPECT_EQ(summary.at("itemCount"), 2);
  EXPECT_EQ(summary.at("exportTime"), summary.at("startTime"));
  EXPECT_EQ(summary.at("s3SseKmsKeyId"), nullptr);
  const Json listed = ok("ListExports", {{"TableArn", table_arn("Notes")}});
  EXPECT_EQ(listed.at("ExportSummaries")[0].at("ExportArn"), arn);
}

TEST_F(TransfersTest, AnExportShowsThePastWhateverIsWrittenMeanwhile) {
  put("a", 1, "before");
  const double then = now();
  api.time().advance(minutes{5});
  put("a", 1, "after");
  const Json begun =
      ok("ExportTableToPointInTime", {{"TableArn", table_arn("Notes")}, {"S3Bucket", "exports"}, {"ExportTime", then}});
  put("b", 1, "later");
  erase("a", 1);
  ok("DeleteTable", {{"TableName", "Notes"}});
  api.run_jobs();
  api.run_transfers(buckets);
  const Json description =
      ok("DescribeExport", {{"ExportArn", begun.at("ExportDescription").at("ExportArn")}}).at("ExportDescription");
  EXPECT_EQ(exported(description),
            "{\"Item\":{\"n\":{\"N\":\"1\"},\"p\":{\"S\":\"a\"},\"text\":{\"S\":\"before\"}}}\n");
}

TEST_F(TransfersTest, WhatIsExportedIsImportedWhereverTheWorkIsBrokenOff) {
  for (int number = 0; number < 700; ++number) put("p" + std::to_string(number % 50), number, std::string(40, 'x'));
  const std::string all = scan("Notes");
  for (const std::string format : {"DYNAMODB_JSON", "ION"}) {
    for (const std::size_t most_steps : {3UL, 4UL, 7UL, 1000UL}) {
      buckets.buckets.clear();
      const Json description = export_table({{"ExportFormat", format}}, std::max(most_steps, std::size_t{8}));
      ASSERT_EQ(description.at("ExportStatus"), "COMPLETED");
      ASSERT_EQ(description.at("ItemCount"), 700);
      const auto arn = description.at("ExportArn").get<std::string>();
      const std::string table = "Copy" + format.substr(0, 3) + std::to_string(most_steps);
      const Json import_description = import(
          import_request(table, "exports", "AWSDynamoDB/" + arn.substr(arn.rfind('/') + 1) + "/data/", format, "GZIP"),
          most_steps + 6);  // enough to come to the first write
      EXPECT_EQ(import_description.at("ImportStatus"), "COMPLETED") << import_description;
      EXPECT_EQ(import_description.at("ImportedItemCount"), 700) << most_steps;
      EXPECT_EQ(import_description.at("ProcessedItemCount"), 700);
      EXPECT_EQ(scan(table), all);
      EXPECT_EQ(ok("DescribeTable", {{"TableName", table}}).at("Table").at("ItemCount"), 700);
    }
  }
}

TEST_F(TransfersTest, AnIncrementTellsWhatHasChanged) {
  put("same", 1, "x");
  put("changed", 1, "old");
  put("gone", 1, "old");
  api.time().advance(hours{1});
  const double from = now();
  api.time().advance(minutes{1});
  put("changed", 1, "middle");
  put("new", 1, "n");
  put("brief", 1, "b");
  api.time().advance(minutes{1});
  const auto changed_at = std::chrono::floor<seconds>(api.time().now()).time_since_epoch().count();
  put("changed", 1, "newest");
  erase("gone", 1);
  erase("brief", 1);
  api.time().advance(minutes{20});
  const double to = now();
  api.time().advance(minutes{1});
  put("changed", 1, "too late");
  const Json specification{{"ExportFromTime", from}, {"ExportToTime", to}};
  const Json description =
      export_table({{"ExportType", "INCREMENTAL_EXPORT"}, {"IncrementalExportSpecification", specification}});
  ASSERT_EQ(description.at("ExportStatus"), "COMPLETED");
  EXPECT_EQ(description.at("IncrementalExportSpecification").at("ExportViewType"), "NEW_AND_OLD_IMAGES");
  std::map<std::string, Json> found;
  std::istringstream lines{exported(description)};
  for (std::string line; std::getline(lines, line);) {
    const Json record = Json::parse(line);
    found[record.at("Keys").at("p").at("S").get<std::string>()] = record;
  }
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found.at("changed").at("NewImage").at("text").at("S"), "newest");
  EXPECT_EQ(found.at("changed").at("OldImage").at("text").at("S"), "old");
  EXPECT_EQ(found.at("changed").at("Metadata").at("WriteTimestampMicros").at("N"),
            std::to_string(changed_at * 1'000'000));
  EXPECT_FALSE(found.at("new").contains("OldImage"));
  EXPECT_FALSE(found.at("gone").contains("NewImage"));
  const Json ion = export_table({{"ExportType", "INCREMENTAL_EXPORT"},
                                 {"ExportFormat", "ION"},
                                 {"IncrementalExportSpecification",
                                  {{"ExportFromTime", from}, {"ExportToTime", to}, {"ExportViewType", "NEW_IMAGE"}}}});
  const auto text = exported(ion);
  EXPECT_NE(text.find("$ion_1_0 {Record:{Metadata:{WriteTimestampMicros:"), std::string::npos) << text;
  EXPECT_EQ(text.find("OldImage"), std::string::npos);
}

TEST_F(TransfersTest, AnIncrementHasItsBounds) {
  api.time().advance(hours{48});
  const auto refusal = [&](double from, double to) {
    return error("ExportTableToPointInTime",
                 {{"TableArn", table_arn("Notes")},
                  {"S3Bucket", "exports"},
                  {"ExportType", "INCREMENTAL_EXPORT"},
                  {"IncrementalExportSpecification", {{"ExportFromTime", from}, {"ExportToTime", to}}}});
  };
  EXPECT_EQ(refusal(now() - 60, now()),
            "ValidationException: One or more parameter values were invalid: ExportToTime must be at least 15 minutes "
            "after ExportFromTime");
  EXPECT_EQ(refusal(now() - 90'000, now()),
            "ValidationException: One or more parameter values were invalid: ExportToTime must be at most 24 hours "
            "after ExportFromTime");
  EXPECT_EQ(refusal(now() - 250'000, now() - 249'000),
            "InvalidExportTimeException: The specified ExportTime is outside of the point in time recovery window.");
  EXPECT_EQ(refusal(now() - 1000, now() + 1000),
            "InvalidExportTimeException: The specified ExportTime is outside of the point in time recovery window.");
  EXPECT_EQ(refusal(now() - 3600, now()), "");
}

TEST_F(TransfersTest, AFilterChoosesItemsAndWhatOfThem) {
  for (int number = 0; number < 20; ++number) put(number % 2 == 0 ? "even" : "odd", number, std::to_string(number));
  const Json description = export_table(
      {{"FilterSpecification",
        {{"KeyConditionExpression", "p = :p AND n >= :n"},
         {"FilterExpression", "#t <> :t"},
         {"ProjectionExpression", "n, #t"},
         {"ExpressionAttributeNames", {{"#t", "text"}}},
         {"ExpressionAttributeValues", {{":p", {{"S", "even"}}}, {":n", {{"N", "10"}}}, {":t", {{"S", "12"}}}}}}}});
  EXPECT_EQ(description.at("ItemCount"), 4);
  EXPECT_EQ(exported(description).substr(0, 46), R"({"Item":{"n":{"N":"10"},"text":{"S":"10"}}})"
                                                 "\n{\"");
  EXPECT_EQ(description.at("FilterSpecification").at("ProjectionExpression"), "n, #t");
  EXPECT_EQ(error("ExportTableToPointInTime", {{"TableArn", table_arn("Notes")},
                                               {"S3Bucket", "exports"},
                                               {"FilterSpecification", {{"FilterExpression", "a = :b"}}}}),
            "ValidationException: Invalid FilterExpression: An expression attribute value used in expression is not "
            "defined; attribute value: :b");
}

TEST_F(TransfersTest, ATokenIsOneTransferForEightHours) {
  const Json request{{"TableArn", table_arn("Notes")}, {"S3Bucket", "exports"}, {"ClientToken", "once"}};
  const Json first = ok("ExportTableToPointInTime", request);
  EXPECT_EQ(ok("ExportTableToPointInTime", request).at("ExportDescription").at("ExportArn"),
            first.at("ExportDescription").at("ExportArn"));
  Json other = request;
  other["S3Bucket"] = "elsewhere";
  EXPECT_EQ(error("ExportTableToPointInTime", other).substr(0, 23), "ExportConflictException");
  api.time().advance(hours{9});
  EXPECT_NE(ok("ExportTableToPointInTime", request).at("ExportDescription").at("ExportArn"),
            first.at("ExportDescription").at("ExportArn"));
}

TEST_F(TransfersTest, TransfersAreListedTheNewestFirstInPages) {
  for (int number = 0; number < 5; ++number) {
    export_table();
    api.time().advance(seconds{1});
  }
  std::vector<std::string> arns;
  Json request{{"MaxResults", 2}};
  for (;;) {
    const Json page = ok("ListExports", request);
    for (const auto& summary : page.at("ExportSummaries")) arns.push_back(summary.at("ExportArn").get<std::string>());
    if (!page.contains("NextToken")) break;
    request["NextToken"] = page.at("NextToken");
  }
  EXPECT_EQ(arns.size(), 5U);
  EXPECT_TRUE(std::is_sorted(arns.rbegin(), arns.rend()));
  api.time().advance(hours{24 * 91});
  EXPECT_EQ(ok("ListExports", Json::object()).at("ExportSummaries").size(), 0U);
  EXPECT_EQ(error("ListExports", {{"NextToken", "zz"}}), "ValidationException: The provided NextToken is invalid");
}

}  // namespace
}  // namespace millrace::api
