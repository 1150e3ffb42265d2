// A table with everything on, and buckets in memory: for the tests of exports, imports and bulk puts.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <sstream>
#include <string>

#include "server/api/api_fixture.hpp"
#include "server/model/base64.hpp"
#include "server/transfers/format/checksum.hpp"
#include "server/transfers/format/compression.hpp"

namespace millrace::api {

class TransfersTest : public ::testing::Test {
 protected:
  using Json = nlohmann::json;

  TransfersTest() {
    ok("CreateTable", {{"TableName", "Notes"},
                       {"BillingMode", "PAY_PER_REQUEST"},
                       {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}},
                                                             {{"AttributeName", "n"}, {"AttributeType", "N"}}})},
                       {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}},
                                                  {{"AttributeName", "n"}, {"KeyType", "RANGE"}}})},
                       {"StreamSpecification", {{"StreamEnabled", true}, {"StreamViewType", "NEW_IMAGE"}}}});
    ok("UpdateContinuousBackups",
       {{"TableName", "Notes"}, {"PointInTimeRecoverySpecification", {{"PointInTimeRecoveryEnabled", true}}}});
  }

  Json ok(const std::string& operation, const Json& body) {
    const auto answer = api.call(operation, body.dump());
    EXPECT_EQ(answer.error(), "") << operation;
    return answer.status == 200 && !answer.body.empty() ? answer.json() : Json{};
  }
  std::string error(const std::string& operation, const Json& body) { return api.call(operation, body.dump()).error(); }
  static Json item_of(const std::string& p, int n, const std::string& text) {
    return {{"p", {{"S", p}}}, {"n", {{"N", std::to_string(n)}}}, {"text", {{"S", text}}}};
  }
  void put(const std::string& p, int n, const std::string& text) {
    ok("PutItem", {{"TableName", "Notes"}, {"Item", item_of(p, n, text)}});
  }
  void erase(const std::string& p, int n) {
    ok("DeleteItem", {{"TableName", "Notes"}, {"Key", {{"p", {{"S", p}}}, {"n", {{"N", std::to_string(n)}}}}}});
  }
  std::string scan(const std::string& table) {
    Json request{{"TableName", table}};
    std::string all;
    for (;;) {
      const Json answer = ok("Scan", request);
      for (const Json& item : answer.at("Items")) all += item.dump() + "\n";
      if (!answer.contains("LastEvaluatedKey")) return all;
      request["ExclusiveStartKey"] = answer.at("LastEvaluatedKey");
    }
  }
  double now() { return std::chrono::duration<double>(api.time().now().time_since_epoch()).count(); }

  Json export_table(Json more = Json::object(), std::size_t most_steps = SIZE_MAX) {
    Json request{{"TableArn", table_arn("Notes")}, {"S3Bucket", "exports"}};
    request.update(more);
    const Json begun = ok("ExportTableToPointInTime", request).at("ExportDescription");
    EXPECT_EQ(begun.at("ExportStatus"), "IN_PROGRESS");
    api.run_transfers(buckets, most_steps);
    return ok("DescribeExport", {{"ExportArn", begun.at("ExportArn")}}).at("ExportDescription");
  }
  static std::string table_arn(const std::string& table) {
    return "arn:aws:dynamodb:us-east-1:000000000000:table/" + table;
  }
  static Json creation(const std::string& table) {
    return {{"TableName", table},
            {"BillingMode", "PAY_PER_REQUEST"},
            {"AttributeDefinitions", Json::array({{{"AttributeName", "p"}, {"AttributeType", "S"}},
                                                  {{"AttributeName", "n"}, {"AttributeType", "N"}}})},
            {"KeySchema", Json::array({{{"AttributeName", "p"}, {"KeyType", "HASH"}},
                                       {{"AttributeName", "n"}, {"KeyType", "RANGE"}}})}};
  }
  Json import_request(const std::string& table, const std::string& bucket, const std::string& prefix,
                      const std::string& format, const std::string& compression) {
    Json source{{"S3Bucket", bucket}};
    if (!prefix.empty()) source["S3KeyPrefix"] = prefix;
    return {{"S3BucketSource", source},
            {"InputFormat", format},
            {"InputCompressionType", compression},
            {"TableCreationParameters", creation(table)}};
  }
  Json import(const Json& request, std::size_t most_steps = SIZE_MAX) {
    const Json begun = ok("ImportTable", request).at("ImportTableDescription");
    EXPECT_EQ(begun.at("ImportStatus"), "IN_PROGRESS");
    api.run_transfers(buckets, most_steps);
    return ok("DescribeImport", {{"ImportArn", begun.at("ImportArn")}}).at("ImportTableDescription");
  }
  Json import_text(const std::string& table, const std::string& text, const std::string& format = "DYNAMODB_JSON") {
    buckets.buckets[table]["file"] = text;
    return import(import_request(table, table, "", format, "NONE"));
  }
  Json bulk_put(const std::string& text, Json more = Json::object()) {
    buckets.buckets["in"] = {{"bulk/1.json", text}};
    Json request{{"TableName", "Notes"},
                 {"InputS3Configuration", {{"S3Bucket", "in"}, {"InputFormat", "DYNAMODB_JSON"}}},
                 {"OutputS3Configuration",
                  {{"S3Bucket", "out"}, {"OutputType", Json::array({"ERROR", "CONDITION_CHECK_FAILURE"})}}}};
    request.update(more);
    return ok("StartBulkPutItems", request).at("BulkOperationDescription");
  }
  Json describe_bulk_put(const Json& begun) {
    return ok("DescribeBulkOperation", {{"BulkOperationArn", begun.at("BulkOperationArn")}})
        .at("BulkOperationDescription");
  }
  static std::string unpacked(std::string_view packed) {
    const auto unpacker = transfers::Unpacker::make(transfers::Compression::kGzip);
    std::string text;
    for (std::size_t before = 1; before != text.size() || !packed.empty();) {
      before = text.size();
      EXPECT_TRUE(unpacker->unpack(packed, text, 1'000'000).has_value());
    }
    return text;
  }
  /// The lines of all data files of an export, as its manifest names them.
  std::string exported(const Json& description) {
    const auto& bucket = buckets.buckets.at("exports");
    const Json summary = Json::parse(bucket.at(description.at("ExportManifest").get<std::string>()));
    std::istringstream files{bucket.at(summary.at("manifestFilesS3Key").get<std::string>())};
    std::string all;
    for (std::string line; std::getline(files, line);) {
      const Json file = Json::parse(line);
      const std::string& bytes = bucket.at(file.at("dataFileS3Key").get<std::string>());
      const std::string sum = transfers::md5(bytes);
      EXPECT_EQ(file.at("md5Checksum"), model::encode_base64(sum));
      EXPECT_EQ(file.at("etag"), transfers::to_hex(sum));
      const std::string text = unpacked(bytes);
      EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), file.at("itemCount").get<int>());
      all += text;
    }
    return all;
  }

  ApiFixture api;
  transfers::BucketsInMemory buckets;
};

}  // namespace millrace::api
